"""Boxes of things pasted on photographs: EfficientNet-Lite0 with three strategies, and its network from scratch.

Tux Paint's stamps of animals, food and vehicles, which are photographs and drawings with transparent surroundings, are
pasted on parts of scikit-image's photographs, up to four in an image; the box of a stamp is that of its opaque pixels.
Training and test use different stamps and different photographs. A fifth of the labelled images are the validation
split. All strategies of a seed have the same images and the same epochs, so differences are paired. Each run has a
process of its own, for its memory. Results are appended to RESULTS, one line a run, and existing ones are not repeated:
start it again after a kill.

No packaged backbone was trained on the stamps, which are in Debian's package tuxpaint-stamps-default; it need not be
installed: `dpkg -x tuxpaint-stamps-default_*.deb ROOT` unpacks it.

Run: python tests/benchmarks/detection.py RESULTS.jsonl --root ROOT [--labelled 20 100 500] [--seeds 5] [--size 96]
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = ("animals", "food", "vehicles")
STAMPS = "usr/share/tuxpaint/stamps"
COPIES = ("_mirror", "_flip")
BACKBONE = "vision/efficientnet-lite0.imagenet"
SCRATCH = "from-scratch"
STRATEGIES = ("feature-extraction", "fine-tune", "multi-step", SCRATCH)
TEST_IMAGES = 400
BATCH_SIZE = 8
EPOCHS = {20: 60, 100: 30, 500: 12}
FIGURES = ("map", "map_50", "map_75", "boxes")
LEAST_FOR_INTERVAL = 3
MOST_OVERLAP = 0.2
MOST_THINGS = 4


def main() -> None:
    """Run the missing cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--labelled", type=int, nargs="+", default=list(EPOCHS), choices=list(EPOCHS))
    parser.add_argument("--root", type=Path, default=Path("/"), help="where tuxpaint-stamps-default is unpacked")
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--table", action="store_true", help="print the table of the results so far")
    parser.add_argument("--cell", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cell is not None:
        arguments.results.write_text(json.dumps(measured(arguments.cell, arguments.root)))
        return
    known = _read(arguments.results)
    if not arguments.table:
        _run_missing(arguments, known)
    print_table([each for each in known if each["size"] == arguments.size])


def _run_missing(arguments: argparse.Namespace, known: list[dict[str, Any]]) -> None:
    for labelled in arguments.labelled:
        for seed in range(arguments.seeds):
            for strategy in arguments.strategies:
                cell = {"labelled": labelled, "seed": seed, "strategy": strategy, "size": arguments.size}
                if any(cell.items() <= each.items() for each in known):
                    continue
                known.append(cell | _in_own_process(cell, arguments.root))
                with arguments.results.open("a") as stream:
                    stream.write(json.dumps(known[-1]) + "\n")


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def _in_own_process(cell: dict[str, Any], root: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        words = [str(answer), "--root", str(root), "--cell", json.dumps(cell)]
        subprocess.run([sys.executable, __file__, *words], check=True)
        found: dict[str, Any] = json.loads(answer.read_text())
    return found


def measured(cell: dict[str, Any], root: Path) -> dict[str, Any]:
    """Train one cell; return its test figures, the processor seconds with start and data, and the peak memory."""
    import tlzoo

    with tempfile.TemporaryDirectory() as folder:
        write_scenes(Path(folder), root, cell["seed"], cell["labelled"], cell["size"])
        run = tlzoo.train(
            data=f"boxes:{folder}",
            backbone=BACKBONE,
            strategy=cell["strategy"],
            image_size=cell["size"],
            epochs=EPOCHS[cell["labelled"]],
            batch_size=BATCH_SIZE,
            seed=cell["seed"],
            export=[],
            out=Path(folder, "runs"),
        )
        test = run.test
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {name: test[name] for name in FIGURES}
    return figures | {"cpu_seconds": round(time.process_time(), 1), "peak_mib": round(peak)}


def write_scenes(folder: Path, root: Path, seed: int, labelled: int, size: int) -> None:
    """Write images and a COCO file for each split; the test images of a seed are the same for all numbers of labels."""
    from skimage import data

    train = (data.astronaut(), data.coffee(), data.camera(), data.retina())
    test = (data.coins(), data.hubble_deep_field(), data.immunohistochemistry())
    things = _stamps(root)
    validation = labelled // 5
    (folder / "images").mkdir()
    for number, (split, photographs, count) in enumerate(
        (("train", train, labelled - validation), ("val", train, validation), ("test", test, TEST_IMAGES))
    ):
        draw = np.random.default_rng([seed, number])
        own = [
            files[2::3] if split == "test" else [each for at, each in enumerate(files) if at % 3 < 2]
            for files in things
        ]
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for row in range(count):
            image, boxes = scene(draw, Image.fromarray(_part(draw, photographs, size)), own)
            image.save(folder / f"images/{split}-{row}.png")
            images.append({"id": row, "file_name": f"{split}-{row}.png", "height": size, "width": size})
            annotations += [{"image_id": row, "category_id": kind, "bbox": box} for kind, box in boxes]
        categories = [{"id": kind, "name": name} for kind, name in enumerate(CLASSES)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (folder / f"{split}.json").write_text(json.dumps(content))


def scene(
    draw: np.random.Generator, image: Image.Image, things: list[list[Path]]
) -> tuple[Image.Image, list[tuple[int, list[int]]]]:
    """Return the background with one to four stamps, and the class and the box (left, top, width, height) of each."""
    boxes: list[tuple[int, list[int]]] = []
    for _ in range(int(draw.integers(1, MOST_THINGS + 1))):
        kind = int(draw.integers(len(things)))
        stamp = _stamp(things[kind][draw.integers(len(things[kind]))], int(draw.uniform(0.25, 0.55) * image.width))
        if draw.random() < 0.5:
            stamp = stamp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        at = [int(draw.integers(0, whole - own + 1)) for whole, own in zip(image.size, stamp.size, strict=True)]
        box = [*at, *stamp.size]
        if all(_overlap(box, other) <= MOST_OVERLAP for _, other in boxes):
            image.paste(stamp, (at[0], at[1]), stamp)
            boxes.append((kind, box))
    return image, boxes


def _stamps(root: Path) -> list[list[Path]]:
    """Return the files of each group of stamps, without mirrored copies."""
    found = [sorted((root / STAMPS / name).rglob("*.png")) for name in CLASSES]
    if not all(found):
        raise SystemExit(
            f"no stamps in {root / STAMPS}: unpack tuxpaint-stamps-default, and name the folder with --root"
        )
    return [[each for each in files if not each.stem.endswith(COPIES)] for files in found]


def _stamp(path: Path, side: int) -> Image.Image:
    """Return the visible part of a stamp, RGBA, with ``side`` pixels on its longer side."""
    with Image.open(path) as stored:
        stamp = stored.convert("RGBA")
    stamp = stamp.crop(stamp.getchannel("A").point(lambda value: 255 * (value > 127)).getbbox())
    scale = side / max(stamp.size)
    return stamp.resize(tuple(max(1, round(length * scale)) for length in stamp.size), Image.Resampling.BOX)


def _part(draw: np.random.Generator, photographs: tuple[np.ndarray, ...], size: int) -> np.ndarray:
    """Return a square part of a photograph in a random colour cast, uint8 (size, size, 3)."""
    photograph = photographs[draw.integers(len(photographs))]
    photograph = photograph if photograph.ndim > 2 else np.repeat(photograph[..., np.newaxis], 3, axis=-1)
    top, left = (draw.integers(length - 2 * size) for length in photograph.shape[:2])
    part = photograph[top : top + 2 * size : 2, left : left + 2 * size : 2, :3] * draw.uniform(0.5, 1.2, 3)
    return np.clip(part, 0, 255).astype(np.uint8)


def _overlap(one: list[int], other: list[int]) -> float:
    """Return the share of the smaller box that is in the other."""
    sides = [max(0, min(one[at] + one[at + 2], other[at] + other[at + 2]) - max(one[at], other[at])) for at in range(2)]
    return sides[0] * sides[1] / min(one[2] * one[3], other[2] * other[3])


def print_table(cells: list[dict[str, Any]]) -> None:
    """Print a row for each number of labelled images and strategy, with the difference from scratch of paired seeds."""
    print("| labelled | strategy | mAP | AP50 | mAP over from scratch | CPU s | peak MB | seeds |")
    print("|---|---|---|---|---|---|---|---|")
    for labelled in sorted({each["labelled"] for each in cells}):
        by_seed = {
            strategy: {
                each["seed"]: each for each in cells if (each["labelled"], each["strategy"]) == (labelled, strategy)
            }
            for strategy in STRATEGIES
        }
        scratch = by_seed[SCRATCH]
        for strategy, own in by_seed.items():
            if not own:
                continue
            pairs = [own[seed]["map"] - scratch[seed]["map"] for seed in sorted(own.keys() & scratch.keys())]
            columns = [f"{np.mean([each[name] for each in own.values()]):.3f}" for name in ("map", "map_50")]
            columns.append("" if strategy == SCRATCH else _interval(pairs))
            columns += [f"{np.mean([each[name] for each in own.values()]):.0f}" for name in ("cpu_seconds", "peak_mib")]
            print(f"| {labelled} | `{strategy}` | {' | '.join(columns)} | {len(own)} |")


def _interval(differences: list[float]) -> str:
    """Return the mean of paired differences and its 95 % interval (Student's t); no interval below three pairs."""
    from scipy.stats import t

    if not differences:
        return ""
    mean = np.mean(differences)
    if len(differences) < LEAST_FOR_INTERVAL:
        return f"{mean:+.3f}"
    half = t.ppf(0.975, len(differences) - 1) * np.std(differences, ddof=1) / math.sqrt(len(differences))
    return f"{mean:+.3f} ({mean - half:+.3f} to {mean + half:+.3f})"


if __name__ == "__main__":
    main()
