"""COCO annotations: a JSON file with images, categories and annotations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.errors import DataError

from .annotations import Annotated, AnnotatedImage, find_image, one_line, read_text, refuse_many, split_in

__all__ = ["coco_files", "is_coco", "read_coco"]

_KEYS = ("images", "annotations", "categories")
_SIDES = 4
_MOST = 2**31
_LEAST_KEYS = 2


def coco_files(folder: Path) -> list[Path]:
    """Return the JSON files in ``annotations/``, in the folder, or in its sub-folders (``train/…json``).

    Beside ``instances_….json``, COCO has files with captions and keypoints, which are left out. Files of other formats
    are returned only if there is none of COCO's.
    """
    others: list[Path] = []
    for pattern in ("annotations/instances_*.json", "annotations/*.json", "instances_*.json", "*.json", "*/*.json"):
        found = sorted(each for each in folder.glob(pattern) if each.is_file())
        if coco := [each for each in found if is_coco(each)]:
            return coco
        others = others or found
    return others


def is_coco(path: Path) -> bool:
    """Return whether a JSON file has two keys of COCO's format, or is damaged and has one."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    keys = sum(f'"{key}"'.encode() in data for key in _KEYS)
    return keys >= _LEAST_KEYS or (keys > 0 and _is_damaged(data))


def _is_damaged(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return True
    return False


def read_coco(files: Sequence[Path], options: Mapping[str, str]) -> Annotated:
    """Return the images of COCO files; several files are splits, by their names or those of their folders.

    ``bbox`` is left, top, width and height in pixels. ``iscrowd`` marks a crowd.

    Raises:
        DataError: If a file is damaged or is not COCO's format, an image is missing, or an annotation has an unknown
            image or category.
    """
    contents = {path: _content(path) for path in files}
    categories = {path: _categories(path, content["categories"]) for path, content in contents.items()}
    first = categories[files[0]]
    for path, own in categories.items():
        if own != first:
            raise DataError(f"{path} and {files[0]} have different categories", "give all files the same categories")
    if not first:
        raise DataError(f"{files[0]} has no categories", "name the classes in 'categories'")
    order = sorted(first)
    index = {number: at for at, number in enumerate(order)}
    images = [each for path in files for each in _images(path, contents[path], index, options, many=len(files) > 1)]
    return Annotated(images, tuple(first[number] for number in order))


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:  # ValueError: also of integers with thousands of digits
        raise DataError(f"{path} is cut short or damaged: {one_line(error)}", "restore it from its original") from error
    wrong = not isinstance(content, dict) or [key for key in _KEYS if not isinstance(content.get(key), list)]
    if wrong:
        raise DataError(f"{path} is not COCO's format: it has no lists {', '.join(_KEYS)}", "check the file")
    return dict(content)


def _categories(path: Path, rows: list[Any]) -> dict[int, str]:
    refuse_many(len(rows), path)
    found: dict[int, str] = {}
    names: set[str] = set()
    for row in rows:
        number, name = _of(row, "id", int, path), _of(row, "name", str, path)
        if number in found or name in names:
            raise DataError(f"{path} has the category {name!r} ({number}) twice", "give each its own id and name")
        found[number] = name
        names.add(name)
    return found


def _images(
    path: Path, content: Mapping[str, Any], index: Mapping[int, int], options: Mapping[str, str], *, many: bool
) -> list[AnnotatedImage]:
    boxes: dict[int, list[list[float]]] = defaultdict(list)
    for row in content["annotations"]:
        number = _of(row, "category_id", int, path)
        if number not in index:
            raise DataError(f"{path} has a box of the category {number}, which it does not name", "add the category")
        left, top, width, height = _bbox(row, path)
        crowd = float(bool(row.get("iscrowd", 0)))
        boxes[_of(row, "image_id", int, path)].append([left, top, left + width, top + height, index[number], crowd])
    known = [_of(row, "id", int, path) for row in content["images"]]
    if len(set(known)) != len(known):
        raise DataError(f"{path} has two images with the same id", "give each its own")
    if unknown := sorted(boxes.keys() - set(known)):
        count = sum(len(boxes[number]) for number in unknown)
        raise DataError(f"{path} has {count} boxes for the image {unknown[0]}, which it does not name", "add the image")
    split = split_in(path.stem) or split_in(path.parent.name)
    folders = _folders(path, options, split)
    split = split if many else None
    if many and split is None:
        raise DataError(f"{path} is one of several files, but its name is not a split", "name it train, val or test")
    return [
        AnnotatedImage(
            find_image(folders, _of(row, "file_name", str, path), str(path)),
            np.array(boxes.get(number, []), np.float64).reshape(-1, 6),
            str(path),
            size=_size(row),
            split=split,
        )
        for row, number in zip(content["images"], known, strict=True)
    ]


def _folders(path: Path, options: Mapping[str, str], split: str | None) -> list[Path]:
    """Return the folders in which the images of a file may be; their folders may have the name of the file or split."""
    here = path.parent
    root = here.parent if here.name == "annotations" else here
    name = path.stem.removeprefix("instances_")
    places = [root / options["images"]] if "images" in options else [root / "images", root]
    found = []
    for place in places:
        inside = sorted(each for each in place.iterdir() if each.is_dir()) if split and place.is_dir() else []
        found += [place, place / name, *(each for each in inside if split_in(each.name) == split)]
    return found if "images" in options else [*found, here]


def _bbox(row: Any, path: Path) -> list[float]:
    box = _of(row, "bbox", list, path)
    if len(box) != _SIDES or not all(isinstance(each, int | float) and abs(each) <= _MOST for each in box):
        raise DataError(f"{path} has the bbox {box!r:.80}", "give left, top, width and height")
    return [float(each) for each in box]


def _size(row: Mapping[str, Any]) -> tuple[int, int] | None:
    height, width = row.get("height"), row.get("width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _of(row: Any, key: str, kind: type, path: Path) -> Any:
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DataError(f"{path} is not COCO's format: {key!r} is {value!r:.40} in {row!r:.60}", "check the file")
    return value
