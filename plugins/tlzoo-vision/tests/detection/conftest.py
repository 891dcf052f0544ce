"""Made-up scenes of bright and dark squares, in the formats of COCO, Pascal VOC and YOLO."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CLASSES = ("bright", "dark")


def _scenes(folder: Path, count: int) -> list[tuple[str, tuple[int, int], list[list[int]]]]:
    """Write images of two sizes with one or two squares; return names, sizes (height, width) and boxes with classes."""
    draw = np.random.default_rng(0)
    folder.mkdir(parents=True)
    found = []
    for number in range(count):
        height, width = (64, 64) if number % 3 else (60, 70)
        pixels = draw.integers(110, 140, (height, width)).astype(np.uint8)
        boxes = []
        for place in range(1 + number % 2):
            kind = (number // 2 + place) % 2
            side, left = int(draw.integers(16, 28)), int(draw.integers(0, 6)) + 32 * place
            top = int(draw.integers(0, height - side))
            pixels[top : top + side, left : left + side] = (235, 20)[kind]
            boxes.append([left, top, min(width, left + side), top + side, kind])
        Image.fromarray(pixels).save(folder / f"{number}.png")
        found.append((f"{number}.png", (height, width), boxes))
    return found


def _write_coco(folder: Path, count: int = 4) -> Path:
    scenes = _scenes(folder / "images", count)
    images = [
        {"id": at, "file_name": name, "height": size[0], "width": size[1]} for at, (name, size, _) in enumerate(scenes)
    ]
    annotations = [
        {
            "id": 1,
            "image_id": at,
            "category_id": 1 + kind,
            "bbox": [left, top, right - left, bottom - top],
            "iscrowd": 0,
        }
        for at, (_, _, boxes) in enumerate(scenes)
        for left, top, right, bottom, kind in boxes
    ]
    categories = [{"id": 1 + at, "name": name} for at, name in enumerate(CLASSES)]
    (folder / "annotations").mkdir()
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations" / "boxes.json").write_text(json.dumps(content))
    return folder


def _write_voc(folder: Path, count: int = 4) -> Path:
    (folder / "Annotations").mkdir(parents=True)
    for name, (height, width), boxes in _scenes(folder / "JPEGImages", count):
        things = "".join(
            f"<object><name>{CLASSES[kind]}</name><difficult>0</difficult><bndbox><xmin>{left}</xmin><ymin>{top}</ymin>"
            f"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
            for left, top, right, bottom, kind in boxes
        )
        size = f"<size><width>{width}</width><height>{height}</height><depth>1</depth></size>"
        text = f"<annotation><filename>{name}</filename>{size}{things}</annotation>"
        (folder / "Annotations" / name).with_suffix(".xml").write_text(text)
    return folder


def _write_yolo(folder: Path, count: int = 4) -> Path:
    (folder / "labels").mkdir(parents=True)
    (folder / "data.yaml").write_text("train: images\nnames:\n  0: bright\n  1: dark  # the squares\n")
    for name, (height, width), boxes in _scenes(folder / "images", count):
        lines = [
            f"{kind} {(left + right) / 2 / width} {(top + bottom) / 2 / height} {(right - left) / width} "
            f"{(bottom - top) / height}"
            for left, top, right, bottom, kind in boxes
        ]
        (folder / "labels" / name).with_suffix(".txt").write_text("\n".join(lines))
    return folder


WRITERS = {"coco": _write_coco, "voc": _write_voc, "yolo": _write_yolo}


@pytest.fixture(scope="session")
def write_boxes() -> Callable[..., Path]:
    """Return the function that writes scenes in the format of this name."""
    return lambda kind, folder, count=4: WRITERS[kind](folder, count)
