"""Masks of shapes pasted on photographs: a frozen EfficientNet-Lite0 with each head, and its network from scratch.

Discs, boxes and triangles in the colours and textures of photographs are pasted on parts of scikit-image's photographs;
training and test use different ones. Every run of a seed has the same images. Results are appended to RESULTS, one line
a run, and existing ones are not repeated.

Run: python tests/benchmarks/segmentation.py RESULTS.jsonl [--images 48] [--seeds 3] [--size 96]
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

import tlzoo

CLASSES = ("background", "disc", "box", "triangle")
TEST_IMAGES = 100
EPOCHS = 30
VARIANTS: dict[str, dict[str, Any]] = {
    "frozen, `fpn`": {"strategy": "feature-extraction", "head": "fpn"},
    "frozen, `linear-map`": {"strategy": "feature-extraction", "head": "linear-map"},
    "from scratch, `fpn`": {"strategy": "from-scratch", "head": "fpn"},
}


def main() -> None:
    """Run the missing cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--images", type=int, default=48)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, default=96)
    arguments = parser.parse_args()
    known = _read(arguments.results)
    for seed in range(arguments.seeds):
        for variant, how in VARIANTS.items():
            cell = {"variant": variant, "seed": seed, "images": arguments.images, "size": arguments.size}
            if any(cell.items() <= each.items() for each in known):
                continue
            known.append(cell | _measured(how, seed, arguments))
            with arguments.results.open("a") as stream:
                stream.write(json.dumps(known[-1]) + "\n")
    _print([each for each in known if (each["images"], each["size"]) == (arguments.images, arguments.size)])


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def _measured(how: dict[str, Any], seed: int, arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), seed, arguments.images, arguments.size)
        began = time.process_time()
        run = tlzoo.train(
            data=f"masks:{folder}?classes={','.join(CLASSES)}",
            backbone="vision/efficientnet-lite0.imagenet",
            image_size=arguments.size,
            epochs=EPOCHS,
            seed=seed,
            export=[],
            out=Path(folder, "runs"),
            **how,
        )
        test = run.test
    figures = {name: test[name] for name in ("mean_iou", "mean_dice", "pixel_accuracy", "most_frequent")}
    return figures | {"cpu_seconds": round(time.process_time() - began, 1)}


def _write(folder: Path, seed: int, images: int, size: int) -> None:
    from skimage import data

    train, test = (data.astronaut(), data.coffee(), data.camera()), (data.chelsea(), data.rocket(), data.coins())
    draw = np.random.default_rng(seed)
    for split, photographs, count in (
        ("train", train, images),
        ("val", train, images // 4),
        ("test", test, TEST_IMAGES),
    ):
        for part in ("images", "masks"):
            (folder / part / split).mkdir(parents=True)
        for number in range(count):
            image, mask = _scene(draw, [_part(draw, photographs, size) for _ in range(4)])
            image.save(folder / f"images/{split}/{number}.png")
            mask.save(folder / f"masks/{split}/{number}.png")


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


def _print(cells: list[dict[str, Any]]) -> None:
    print("| EfficientNet-Lite0 | mean IoU | mean Dice | pixel accuracy | CPU seconds a run | seeds |")
    print("|---|---|---|---|---|---|")
    for variant in VARIANTS:
        own = [each for each in cells if each["variant"] == variant]
        if own:
            columns = [_spread([each[name] for each in own]) for name in ("mean_iou", "mean_dice", "pixel_accuracy")]
            seconds = np.mean([each["cpu_seconds"] for each in own])
            print(f"| {variant} | {' | '.join(columns)} | {seconds:.0f} | {len(own)} |")


def _spread(values: list[float]) -> str:
    """Return mean and standard deviation over seeds."""
    deviation = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{deviation}"


if __name__ == "__main__":
    main()
