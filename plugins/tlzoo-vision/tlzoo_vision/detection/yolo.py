"""YOLO annotations: a text file for each image, with a line for each box."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tlzoo.data import natural
from tlzoo.errors import DataError

from .annotations import Annotated, AnnotatedImage, given_classes, read_text, refuse_many, split_in
from .boxes import MOST_CLASSES

__all__ = ["is_yolo", "read_yolo"]

_YAML = ("data.yaml", "data.yml", "dataset.yaml")
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"})


def is_yolo(folder: Path, options: Mapping[str, str]) -> bool:
    """Return whether a folder has the folders ``images/`` and ``labels/``, also below splits."""
    return bool(_parts(folder, options.get("images", "images")))


def read_yolo(folder: Path, options: Mapping[str, str]) -> Annotated:
    """Return the images of ``images/`` with the boxes of ``labels/``: class index, centre, width and height as shares.

    Splits are folders in both (``images/train``, ``labels/train``), or around both (``train/images``). Names of classes
    are in ``data.yaml``, ``classes.txt`` or ``classes=A,B,C``. An image without a text file has no boxes.

    Raises:
        DataError: If a line is cut short, a text file has no image, or a class has no name.
    """
    places = options.get("images", "images")
    classes = given_classes(folder, options) or _named(folder)
    images: list[AnnotatedImage] = []
    unlabelled = 0
    for root in _parts(folder, places):
        labels = {path.relative_to(root / "labels").with_suffix(""): path for path in _files(root / "labels", {".txt"})}
        labels.pop(Path("classes"), None)
        for path in _files(root / places, _SUFFIXES):
            inside = path.relative_to(root / places)
            own = labels.pop(inside.with_suffix(""), None)
            unlabelled += own is None
            split = (
                split_in(root.name) if root != folder else split_in(inside.parts[0]) if len(inside.parts) > 1 else None
            )
            boxes = np.empty((0, 6)) if own is None else _boxes(own, classes)
            images.append(AnnotatedImage(path, boxes, str(own or path), relative=True, split=split))
        if labels:
            first = next(iter(labels.values()))
            count = f"{len(labels)} files have" if len(labels) > 1 else "1 file has"
            raise DataError(f"{count} boxes but no image, such as {first}", "add the images, or remove the files")
    highest = max((int(each.boxes[:, 4].max(initial=-1)) for each in images), default=-1)
    notes: tuple[str, ...] = (f"{unlabelled} images have no file in labels/: they have no boxes",) if unlabelled else ()
    if classes is None:
        classes = tuple(f"class {number}" for number in range(max(1, highest + 1)))
        notes += (f"classes have no names: {len(classes)} are numbered; name them with classes=A,B,C or classes.txt",)
    return Annotated(images, classes, notes)


def _parts(folder: Path, images: str) -> list[Path]:
    """Return the folders that have both images and labels: the folder itself, or those of its splits."""
    candidates = [
        folder,
        *sorted((each for each in folder.iterdir() if each.is_dir()), key=lambda each: natural(each.name)),
    ]
    return [each for each in candidates if (each / images).is_dir() and (each / "labels").is_dir()]


def _files(folder: Path, suffixes: set[str] | frozenset[str]) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.suffix.lower() in suffixes and not path.name.startswith(".")]
    return sorted(found, key=lambda path: natural(str(path)))


def _boxes(path: Path, classes: tuple[str, ...] | None) -> np.ndarray:
    rows = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        words = line.split()
        try:
            kind = int(words[0])
            x, y, width, height = map(float, words[1:])  # another number of words is a ValueError, too
        except ValueError as error:
            fix = "give class index, centre x, centre y, width and height"
            raise DataError(f"line {number} of {path} is cut short or damaged: {line!r:.60} ({error})", fix) from error
        count = MOST_CLASSES if classes is None else len(classes)
        if not 0 <= kind < count:
            what = f"line {number} of {path} has a box of the unknown class {words[0]:.20}"
            raise DataError(what, f"classes: 0 to {count - 1}")
        rows.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2, kind, 0.0])
    return np.array(rows, np.float64).reshape(-1, 6)


def _named(folder: Path) -> tuple[str, ...] | None:
    """Return the names of classes in ``data.yaml``; None without the file or its ``names``."""
    path = next((folder / name for name in _YAML if (folder / name).is_file()), None)
    names = [] if path is None else [name.strip().strip("\"'") for name in _names(read_text(path).splitlines())]
    refuse_many(len(names), folder)
    if path is not None and (len(set(names)) != len(names) or not all(names)):
        raise DataError(f"{path} has the names {', '.join(map(repr, names))}", "name each class once")
    return tuple(names) or None


def _names(lines: list[str]) -> Iterator[str]:
    """Yield the entries of ``names:``, a list in brackets, or lines ``- name`` or ``0: name`` below it."""
    plain = [line.split(" #")[0].rstrip() for line in lines]
    start = next((at for at, line in enumerate(plain) if line.startswith("names:")), None)
    if start is None:
        return
    first = plain[start].removeprefix("names:").strip()
    if first.startswith("{"):
        raise DataError("the names of classes in data.yaml are in braces", "write a list: names: [one, two]")
    if first:
        yield from first.strip("[]").split(",")
        return
    numbered: dict[int, str] = {}
    for line in plain[start + 1 :]:
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"\s*(?:-|(\d{1,4}):)\s*(.+)", line)
        if found is None:
            break
        numbered[len(numbered) if found[1] is None else int(found[1])] = found[2]
    if sorted(numbered) != list(range(len(numbered))):
        raise DataError(
            f"the names of classes in data.yaml have the numbers {', '.join(map(str, sorted(numbered)[:9]))}",
            f"number them from 0 to {len(numbered) - 1}",
        )
    yield from (numbered[number] for number in range(len(numbered)))
