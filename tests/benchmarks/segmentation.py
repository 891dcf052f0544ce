"""Masks of things pasted on photographs: EfficientNet-Lite0 with three strategies, and its network from scratch.

Tux Paint's stamps of animals, food and vehicles, which are photographs and drawings with transparent surroundings, are
pasted on parts of scikit-image's photographs; their opaque pixels are the mask. Training and test use different stamps
and different photographs. A fifth of the labelled images are the validation split. All strategies of a seed have the
same images and the same epochs, so differences are paired. Each run has a process of its own, for its memory. Results
are appended to RESULTS, one line a run, and existing ones are not repeated: start it again after a kill.

No packaged backbone was trained on the stamps, which are in Debian's package tuxpaint-stamps-default; it need not be
installed: `dpkg -x tuxpaint-stamps-default_*.deb ROOT` unpacks it.

Run: python tests/benchmarks/segmentation.py RESULTS.jsonl --root ROOT [--labelled 20 100 500] [--seeds 5] [--size 96]
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

CLASSES = ("background", "animals", "food", "vehicles")
STAMPS = "usr/share/tuxpaint/stamps"
COPIES = ("_mirror", "_flip")
BACKBONE = "vision/efficientnet-lite0.imagenet"
SCRATCH = "from-scratch"
STRATEGIES = ("feature-extraction", "fine-tune", "multi-step", SCRATCH)
TEST_IMAGES = 400
BATCH_SIZE = 8
EPOCHS = {20: 40, 100: 20, 500: 8}
FIGURES = ("mean_iou", "mean_dice", "pixel_accuracy", "most_frequent")
LEAST_FOR_INTERVAL = 3


def main() -> None:
    """Run the missing cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--root", type=Path, default=Path("/"), help="where tuxpaint-stamps-default is unpacked")
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    parser.add_argument("--labelled", type=int, nargs="+", default=list(EPOCHS), choices=list(EPOCHS))
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
    print_table(
        [each for each in known if (each["size"], each["epochs"]) == (arguments.size, EPOCHS[each["labelled"]])]
    )


def _run_missing(arguments: argparse.Namespace, known: list[dict[str, Any]]) -> None:
    for labelled in arguments.labelled:
        for seed in range(arguments.seeds):
            for strategy in arguments.strategies:
                cell = {"labelled": labelled, "seed": seed, "strategy": strategy, "size": arguments.size}
                cell["epochs"] = EPOCHS[labelled]
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
        write_images(Path(folder), root, cell["seed"], cell["labelled"], cell["size"])
        run = tlzoo.train(
            data=f"masks:{folder}?classes={','.join(CLASSES)}",
            backbone=BACKBONE,
            strategy=cell["strategy"],
            image_size=cell["size"],
            epochs=cell["epochs"],
            batch_size=BATCH_SIZE,
            seed=cell["seed"],
            export=[],
            out=Path(folder, "runs"),
        )
        test = run.test
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {name: test[name] for name in FIGURES}
    return figures | {"cpu_seconds": round(time.process_time(), 1), "peak_mib": round(peak)}


def write_images(folder: Path, root: Path, seed: int, labelled: int, size: int) -> None:
    """Write images and masks of the three splits; the test images of a seed are the same for all numbers of labels."""
    from skimage import data

    train = (data.astronaut(), data.coffee(), data.camera(), data.retina())
    test = (data.coins(), data.hubble_deep_field(), data.immunohistochemistry())
    things = _stamps(root)
    validation = labelled // 5
    for number, (split, photographs, count) in enumerate(
        (("train", train, labelled - validation), ("val", train, validation), ("test", test, TEST_IMAGES))
    ):
        draw = np.random.default_rng([seed, number])
        for part in ("images", "masks"):
            (folder / part / split).mkdir(parents=True)
        own = [
            files[2::3] if split == "test" else [each for at, each in enumerate(files) if at % 3 < 2]
            for files in things
        ]
        for row in range(count):
            image, mask = _scene(draw, Image.fromarray(_part(draw, photographs, size)), own)
            image.save(folder / f"images/{split}/{row}.png")
            mask.save(folder / f"masks/{split}/{row}.png")


def _stamps(root: Path) -> list[list[Path]]:
    """Return the files of each group of stamps, without mirrored copies."""
    found = [sorted((root / STAMPS / name).rglob("*.png")) for name in CLASSES[1:]]
    if not all(found):
        raise SystemExit(
            f"no stamps in {root / STAMPS}: unpack tuxpaint-stamps-default, and name the folder with --root"
        )
    return [[each for each in files if not each.stem.endswith(COPIES)] for files in found]


def _part(draw: np.random.Generator, photographs: tuple[np.ndarray, ...], size: int) -> np.ndarray:
    """Return a square part of a photograph in a random colour cast, uint8 (size, size, 3)."""
    photograph = photographs[draw.integers(len(photographs))]
    photograph = photograph if photograph.ndim > 2 else np.repeat(photograph[..., np.newaxis], 3, axis=-1)
    top, left = (draw.integers(length - 2 * size) for length in photograph.shape[:2])
    part = photograph[top : top + 2 * size : 2, left : left + 2 * size : 2, :3] * draw.uniform(0.5, 1.2, 3)
    return np.clip(part, 0, 255).astype(np.uint8)


def _scene(draw: np.random.Generator, image: Image.Image, things: list[list[Path]]) -> tuple[Image.Image, Image.Image]:
    """Return the background with one or two stamps, and the mask."""
    mask = Image.new("L", image.size, 0)
    for index in draw.permutation(len(things))[: draw.integers(1, 3)]:
        stamp = _stamp(things[index][draw.integers(len(things[index]))], int(draw.uniform(0.35, 0.65) * image.width))
        if draw.random() < 0.5:
            stamp = stamp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        at = tuple(int(draw.integers(0, whole - own + 1)) for whole, own in zip(image.size, stamp.size, strict=True))
        image.paste(stamp, at, stamp)
        opaque = stamp.getchannel("A").point(lambda value: 255 * (value > 127))
        mask.paste(int(index) + 1, (*at, at[0] + stamp.width, at[1] + stamp.height), opaque)
    return image, mask


def _stamp(path: Path, side: int) -> Image.Image:
    """Return the visible part of a stamp, RGBA, with ``side`` pixels on its longer side."""
    with Image.open(path) as stored:
        stamp = stored.convert("RGBA")
    stamp = stamp.crop(stamp.getchannel("A").getbbox())
    scale = side / max(stamp.size)
    return stamp.resize(tuple(max(1, round(length * scale)) for length in stamp.size), Image.Resampling.BOX)


def print_table(cells: list[dict[str, Any]]) -> None:
    """Print a row for each number of labelled images and strategy, with the difference from scratch of paired seeds."""
    print("| labelled | strategy | mean IoU | pixel accuracy | mean IoU over from scratch | CPU s | peak MB | seeds |")
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
            pairs = [own[seed]["mean_iou"] - scratch[seed]["mean_iou"] for seed in sorted(own.keys() & scratch.keys())]
            columns = [
                f"{np.mean([each[name] for each in own.values()]):.3f}" for name in ("mean_iou", "pixel_accuracy")
            ]
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
