"""Annotated images, as the readers of formats return them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tlzoo.data import split_of
from tlzoo.errors import DataError

from .boxes import MOST_CLASSES

__all__ = [
    "Annotated",
    "AnnotatedImage",
    "find_image",
    "given_classes",
    "one_line",
    "read_text",
    "refuse_many",
    "split_in",
]

_CLASSES = "classes.txt"


@dataclass(frozen=True, eq=False, slots=True)
class AnnotatedImage:
    """An image with its boxes, float64 (K, 6): left, top, right, bottom, class index, and 1 for a crowd.

    Corners are pixels, or shares of width and height if ``relative``. ``size`` are the height and width in the
    annotation, if it has them. ``where`` is the annotation's file, for messages.
    """

    path: Path
    boxes: np.ndarray
    where: str
    relative: bool = False
    size: tuple[int, int] | None = None
    split: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Annotated:
    """The annotated images of a source, and its classes."""

    images: Sequence[AnnotatedImage]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


def given_classes(folder: Path, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the classes of the option ``classes`` or of ``classes.txt``; None without them."""
    if "classes" in options:
        names = [name.strip() for name in options["classes"].split(",")]
    elif (folder / _CLASSES).is_file():
        names = [line.strip() for line in read_text(folder / _CLASSES).splitlines() if line.strip()]
    else:
        return None
    refuse_many(len(names), folder)
    if not all(names) or len(set(names)) != len(names) or not names:
        raise DataError(f"the classes of {folder} are {', '.join(map(repr, names))}", "name each class once")
    return tuple(names)


def refuse_many(classes: int, path: Path) -> None:
    """Raise DataError for more classes than are supported."""
    if classes > MOST_CLASSES:
        raise DataError(f"{path} has {classes:,} classes; at most {MOST_CLASSES:,} are supported", "merge some")


def read_text(path: Path) -> str:
    """Return the text of a file. Raises DataError if it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", "save it as UTF-8 text") from error


def find_image(folders: Sequence[Path], name: str, where: str) -> Path:
    """Return the first file ``name`` in folders. Raises DataError if there is none, or ``name`` leaves the folder."""
    inside = Path(name.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or not name:
        raise DataError(f"{where} names the image {name!r:.80}", "give a path inside the folder of images")
    for folder in folders:
        if (folder / inside).is_file():
            return folder / inside
    raise DataError(
        f"{where} has boxes for {name!r:.80}, which is not in {folders[0]}",
        "add the image, or name the folder with images=",
    )


def split_in(name: str) -> str | None:
    """Return the split that a word of a name says, such as ``instances_train2017``; None without one."""
    found = {split for word in re.findall(r"[a-z]+", name.casefold()) if (split := split_of(word)) is not None}
    return found.pop() if len(found) == 1 else None


def one_line(error: Exception) -> str:
    """Return the text of an exception on one line."""
    return " ".join(str(error).split())[:200]
