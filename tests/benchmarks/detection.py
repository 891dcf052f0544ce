"""Boxes of drawings pasted on photographs: EfficientNet-Lite0 with three strategies, and its network from scratch.

Symbols of matplotlib's font DejaVu Sans in the textures of photographs, turned and in several sizes, are pasted on
parts of scikit-image's photographs; training and test use different photographs. A fifth of the labelled images are the
validation split. All strategies of a seed have the same images and the same epochs, so differences are paired. Each run
has a process of its own, for its memory. Results are appended to RESULTS, one line a run, and existing ones are not
repeated: start it again after a kill.

Run: python tests/benchmarks/detection.py RESULTS.jsonl [--labelled 20 100 500] [--seeds 5] [--size 96] [--table]
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
from PIL import Image, ImageDraw, ImageFont

THINGS = {"knight": "♞", "umbrella": "☂", "aeroplane": "✈", "anchor": "⚓", "telephone": "☎", "snowman": "☃"}
BACKBONE = "vision/efficientnet-lite0.imagenet"
SCRATCH = "from-scratch"
STRATEGIES = ("feature-extraction", "fine-tune", "multi-step", SCRATCH)
TEST_IMAGES = 400
BATCH_SIZE = 8
EPOCHS = {20: 60, 100: 30, 500: 12}
FIGURES = ("map", "map_50", "map_75", "boxes")
LEAST_FOR_INTERVAL = 3
MOST_OVERLAP = 0.2
MIDDLE = 100


def main() -> None:
    """Run the missing cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--labelled", type=int, nargs="+", default=list(EPOCHS), choices=list(EPOCHS))
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--table", action="store_true", help="print the table of the results so far")
    parser.add_argument("--cell", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cell is not None:
        arguments.results.write_text(json.dumps(measured(arguments.cell)))
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
                known.append(cell | _in_own_process(cell))
                with arguments.results.open("a") as stream:
                    stream.write(json.dumps(known[-1]) + "\n")


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def _in_own_process(cell: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        subprocess.run([sys.executable, __file__, str(answer), "--cell", json.dumps(cell)], check=True)
        found: dict[str, Any] = json.loads(answer.read_text())
    return found


def measured(cell: dict[str, Any]) -> dict[str, Any]:
    """Train one cell; return its test figures, the processor seconds with start and data, and the peak memory."""
    import tlzoo

    with tempfile.TemporaryDirectory() as folder:
        write_scenes(Path(folder), cell["seed"], cell["labelled"], cell["size"])
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


def write_scenes(folder: Path, seed: int, labelled: int, size: int) -> None:
    """Write images and a COCO file for each split; the test images of a seed are the same for all numbers of labels."""
    from skimage import data

    train, test = (data.astronaut(), data.coffee(), data.camera()), (data.chelsea(), data.rocket(), data.coins())
    validation = labelled // 5
    categories = [{"id": number, "name": name} for number, name in enumerate(THINGS)]
    for number, (split, photographs, count) in enumerate(
        (("train", train, labelled - validation), ("val", train, validation), ("test", test, TEST_IMAGES))
    ):
        draw = np.random.default_rng([seed, number])
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        (folder / "images").mkdir(exist_ok=True)
        for row in range(count):
            image, boxes = scene(draw, photographs, size)
            image.save(folder / f"images/{split}-{row}.png")
            images.append({"id": row, "file_name": f"{split}-{row}.png", "height": size, "width": size})
            annotations += [{"image_id": row, "category_id": kind, "bbox": box} for kind, box in boxes]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (folder / f"{split}.json").write_text(json.dumps(content))


def scene(
    draw: np.random.Generator, photographs: tuple[np.ndarray, ...], size: int
) -> tuple[Image.Image, list[tuple[int, list[int]]]]:
    """Return an image with one to four things, and the class and the box (left, top, width, height) of each."""
    image = Image.fromarray(_part(draw, photographs, size))
    boxes: list[tuple[int, list[int]]] = []
    for _ in range(int(draw.integers(1, 5))):
        kind = int(draw.integers(len(THINGS)))
        thing = _thing(draw, list(THINGS.values())[kind], int(draw.integers(size // 5, size // 2)))
        left, top = (int(draw.integers(size - length)) for length in thing.size)
        box = [left, top, *thing.size]
        if any(_overlap(box, other) > MOST_OVERLAP for _, other in boxes):
            continue
        behind = np.asarray(image.crop((left, top, left + thing.width, top + thing.height))).mean()
        texture = _part(draw, photographs, size)
        texture = texture // 3 if behind > MIDDLE else 255 - (255 - texture) // 3  # darker, or brighter, than behind
        image.paste(Image.fromarray(texture).resize(thing.size), (left, top), thing)
        boxes.append((kind, box))
    return image, boxes


def _thing(draw: np.random.Generator, symbol: str, side: int) -> Image.Image:
    """Return a symbol as a mask, cropped to it, turned by up to 20 degrees, whose longer side has ``side`` pixels."""
    from matplotlib import font_manager

    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 96)
    sheet = Image.new("L", (160, 160), 0)
    ImageDraw.Draw(sheet).text((80, 80), symbol, fill=255, font=font, anchor="mm")
    turned = sheet.rotate(float(draw.uniform(-20, 20)), Image.Resampling.BICUBIC)
    turned = turned.crop(turned.getbbox())
    scale = side / max(turned.size)
    return turned.resize([max(1, round(length * scale)) for length in turned.size], Image.Resampling.LANCZOS)


def _part(draw: np.random.Generator, photographs: tuple[np.ndarray, ...], size: int) -> np.ndarray:
    """Return a square part of a photograph in a random colour cast, uint8 (size, size, 3)."""
    photograph = photographs[draw.integers(len(photographs))]
    photograph = photograph if photograph.ndim > 2 else np.repeat(photograph[..., np.newaxis], 3, axis=-1)
    top, left = (draw.integers(length - 2 * size) for length in photograph.shape[:2])
    part = photograph[top : top + 2 * size : 2, left : left + 2 * size : 2, :3] * draw.uniform(0.4, 1.3, 3)
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
