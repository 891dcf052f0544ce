"""Boxes of things pasted on photographs: EfficientNet-Lite0 with three strategies, and its network from scratch.

Up to four of Tux Paint's stamps are pasted on a photograph; the box of a stamp is that of its opaque pixels.
`pasted_scenes.py` says how scenes are made and how strategies are compared. RESULTS has one line a run.

Run: python tests/benchmarks/detection.py RESULTS.jsonl --root ROOT [--labelled 20 100 500] [--seeds 5] [--size 96]
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pasted_scenes import THINGS, Comparison, Split, splits, stamp
from PIL import Image

MOST_OVERLAP = 0.2
MOST_THINGS = 4


def write_scenes(folder: Path, root: Path, seed: int, labelled: int, size: int) -> None:
    """Write images and a COCO file for each split."""
    (folder / "images").mkdir()
    for split in splits(root, seed, labelled):
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for row in range(split.count):
            image, boxes = _scene(split, size)
            image.save(folder / f"images/{split.name}-{row}.png")
            images.append({"id": row, "file_name": f"{split.name}-{row}.png", "height": size, "width": size})
            annotations += [{"image_id": row, "category_id": kind, "bbox": box} for kind, box in boxes]
        categories = [{"id": kind, "name": name} for kind, name in enumerate(THINGS)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (folder / f"{split.name}.json").write_text(json.dumps(content))


def _scene(split: Split, size: int) -> tuple[Image.Image, list[tuple[int, list[int]]]]:
    """Return a background with one to four stamps, and the class and the box (left, top, width, height) of each."""
    draw, image = split.draw, split.background(size)
    boxes: list[tuple[int, list[int]]] = []
    for _ in range(int(draw.integers(1, MOST_THINGS + 1))):
        kind = int(draw.integers(len(split.things)))
        files = split.things[kind]
        pasted = stamp(files[draw.integers(len(files))], int(draw.uniform(0.25, 0.55) * image.width), opaque=True)
        if draw.random() < 0.5:
            pasted = pasted.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        at = [int(draw.integers(0, whole - own + 1)) for whole, own in zip(image.size, pasted.size, strict=True)]
        box = [*at, *pasted.size]
        if all(_overlap(box, other) <= MOST_OVERLAP for _, other in boxes):
            image.paste(pasted, (at[0], at[1]), pasted)
            boxes.append((kind, box))
    return image, boxes


def _overlap(one: list[int], other: list[int]) -> float:
    """Return the share of the smaller box that is in the other."""
    sides = [max(0, min(one[at] + one[at + 2], other[at] + other[at + 2]) - max(one[at], other[at])) for at in range(2)]
    return sides[0] * sides[1] / min(one[2] * one[3], other[2] * other[3])


COMPARISON = Comparison(
    script=__file__,
    about=__doc__,
    write=write_scenes,
    source="boxes:{folder}",
    epochs={20: 60, 100: 30, 500: 12},
    figures=("map", "map_50", "map_75", "boxes"),
    columns={"mAP": "map", "AP50": "map_50"},
)

if __name__ == "__main__":
    COMPARISON.main()
