"""Masks of shapes pasted on photographs: EfficientNet-Lite0 with three strategies, and its network from scratch.

Discs, boxes and triangles in the colours and textures of photographs are pasted on parts of scikit-image's photographs;
training and test use different ones. A fifth of the labelled images are the validation split. All strategies of a seed
have the same images and the same epochs, so differences are paired. Each run has a process of its own, for its memory.
Results are appended to RESULTS, one line a run, and existing ones are not repeated: start it again after a kill.

Run: python tests/benchmarks/segmentation.py RESULTS.jsonl [--labelled 20 100 500] [--seeds 5] [--size 64] [--table]
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
from PIL import Image, ImageDraw

CLASSES = ("background", "disc", "box", "triangle")
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
    parser.add_argument("--labelled", type=int, nargs="+", default=list(EPOCHS), choices=list(EPOCHS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--size", type=int, default=64)
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
            for strategy in STRATEGIES:
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
        write_images(Path(folder), cell["seed"], cell["labelled"], cell["size"])
        run = tlzoo.train(
            data=f"masks:{folder}?classes={','.join(CLASSES)}",
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


def write_images(folder: Path, seed: int, labelled: int, size: int) -> None:
    """Write images and masks of the three splits; the test images of a seed are the same for all numbers of labels."""
    from skimage import data

    train, test = (data.astronaut(), data.coffee(), data.camera()), (data.chelsea(), data.rocket(), data.coins())
    validation = labelled // 5
    for number, (split, photographs, count) in enumerate(
        (("train", train, labelled - validation), ("val", train, validation), ("test", test, TEST_IMAGES))
    ):
        draw = np.random.default_rng([seed, number])
        for part in ("images", "masks"):
            (folder / part / split).mkdir(parents=True)
        for row in range(count):
            image, mask = _scene(draw, [_part(draw, photographs, size) for _ in range(4)])
            image.save(folder / f"images/{split}/{row}.png")
            mask.save(folder / f"masks/{split}/{row}.png")


def _part(draw: np.random.Generator, photographs: tuple[np.ndarray, ...], size: int) -> np.ndarray:
    """Return a square part of a photograph in a random colour cast, uint8 (size, size, 3)."""
    photograph = photographs[draw.integers(len(photographs))]
    photograph = photograph if photograph.ndim > 2 else np.repeat(photograph[..., np.newaxis], 3, axis=-1)
    top, left = (draw.integers(length - 2 * size) for length in photograph.shape[:2])
    part = photograph[top : top + 2 * size : 2, left : left + 2 * size : 2, :3] * draw.uniform(0.5, 1.2, 3)
    return np.clip(part, 0, 255).astype(np.uint8)


def _scene(draw: np.random.Generator, parts: list[np.ndarray]) -> tuple[Image.Image, Image.Image]:
    """Return an image with up to one shape of each kind, and its mask; the first part is the background."""
    image, size = Image.fromarray(parts[0]), len(parts[0])
    mask = Image.new("L", image.size, 0)
    for index in draw.permutation(3) + 1:
        if draw.random() < 0.3:
            continue
        shape = Image.new("L", image.size, 0)
        radius = draw.uniform(size / 8, size / 4)
        middle = draw.uniform(radius, size - radius, 2)
        turned = draw.uniform(0, 2 * math.pi)
        corners = {1: 0, 2: 4, 3: 3}[int(index)]
        pencil = ImageDraw.Draw(shape)
        if not corners:
            pencil.ellipse([*(middle - radius), *(middle + radius)], fill=255)
        else:
            angles = turned + 2 * math.pi * np.arange(corners) / corners
            points = middle + 1.3 * radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            pencil.polygon([tuple(point) for point in points.tolist()], fill=255)
        image.paste(Image.fromarray(parts[index]), mask=shape)
        mask.paste(int(index), mask=shape)
    return image, mask


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
