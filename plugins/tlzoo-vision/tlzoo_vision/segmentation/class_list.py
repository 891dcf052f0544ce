"""Classes of mask files: their names, indices and colours."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tlzoo.errors import DataError, UsageError

from .mask_files import Palette, UnreadableMaskError, stored_values
from .masks import IGNORED, MOST_CLASSES
from .task import default_classes

__all__ = ["ClassList", "read_class_list"]

_TABLES = ("classes.csv", "class_dict.csv", "palette.csv")
_LINES = "classes.txt"
_CHANNELS = (("red", "r"), ("green", "g"), ("blue", "b"))
_BINARY = {0, 255}
_OF_BINARY = Palette(((0, 0), (255, 1)))
_BINARY_NOTE = "masks have the values 0 and 255, which are read as {} and {}; ignore=255 ignores 255"
_MOST_VALUE = 2**16 - 1


@dataclass(frozen=True, slots=True)
class ClassList:
    """The names of classes, the palette of mask files, and notes for the user."""

    classes: tuple[str, ...]
    palette: Palette
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    value: int
    colour: int | None = None


def read_class_list(folder: Path, options: Mapping[str, str], paths: Sequence[Path]) -> ClassList:
    """Return the classes of the masks at ``paths``, by the option ``classes``, or a file in ``folder``.

    Without names, classes are the values in the masks, up to the largest one.
    """
    rows = _given(folder, options)
    ignored = options.get("ignore", str(IGNORED))
    if ignored.isdecimal() and int(ignored) > _MOST_VALUE:
        raise UsageError(f"ignore={ignored:.20} is not a value of a pixel", f"values are 0 to {_MOST_VALUE}")
    if rows is None:
        return _of_values(paths, ignored, chosen="ignore" in options)
    by_name = [row for row in rows if row.name == ignored or ("ignore" in options and str(row.value) == ignored)]
    if not by_name and not ignored.isdecimal():
        raise UsageError(
            f"ignore={ignored} is neither a class nor an index", f"classes: {', '.join(row.name for row in rows)}"
        )
    kept = [row for row in rows if row not in by_name]
    _check(kept, folder)
    if "ignore" not in options and [row.value for row in kept] == [0, 1] and _is_binary(paths):
        return ClassList(
            tuple(row.name for row in kept), _OF_BINARY, (_BINARY_NOTE.format(*(row.name for row in kept)),)
        )
    indices = {row.value: at for at, row in enumerate(kept)}
    indices |= {row.value: IGNORED for row in by_name} if by_name else {}
    for value in (int(ignored) if ignored.isdecimal() else IGNORED, IGNORED):
        indices.setdefault(value, IGNORED)
    colours = {row.colour: at for at, row in enumerate(kept) if row.colour is not None}
    colours |= {row.colour: IGNORED for row in by_name if row.colour is not None}
    return ClassList(
        tuple(row.name for row in kept), Palette(tuple(sorted(indices.items())), tuple(sorted(colours.items())))
    )


def _given(folder: Path, options: Mapping[str, str]) -> list[_Row] | None:
    if "classes" in options:
        return [_Row(name.strip(), at) for at, name in enumerate(options["classes"].split(","))]
    for name in _TABLES:
        if (folder / name).is_file():
            return _table(folder / name)
    if (folder / _LINES).is_file():
        return [_Row(line.strip(), at) for at, line in enumerate(_lines(folder / _LINES)) if line.strip()]
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", "save it as UTF-8 text") from error


def _table(path: Path) -> list[_Row]:
    """Return the rows of a table with the column name, and the columns index, or red, green and blue, or both."""
    rows = []
    for at, line in enumerate(csv.DictReader(_lines(path), skipinitialspace=True)):
        cells = {str(key).strip().casefold(): str(value).strip() for key, value in line.items()}
        if not cells.get("name"):
            raise DataError(f"{path} has no column 'name', or an empty cell in it", "give each class a name")
        try:
            channels = [next((int(cells[key]) for key in keys if key in cells), None) for keys in _CHANNELS]
            value = int(cells.get("index", at))
        except ValueError as error:
            raise DataError(
                f"{path}: the class {cells['name']!r} has a cell that is not a number", str(error)
            ) from error
        if any(each is not None and not 0 <= each <= IGNORED for each in channels):
            raise DataError(f"{path}: the class {cells['name']!r} has a colour beyond 0 to 255", "correct it")
        red, green, blue = channels
        colour = None if red is None or green is None or blue is None else red << 16 | green << 8 | blue
        rows.append(_Row(cells["name"], value, colour))
    return rows


def _check(rows: Sequence[_Row], folder: Path) -> None:
    if not 1 < len(rows) <= MOST_CLASSES:
        raise DataError(f"{folder} has {len(rows)} classes", f"name 2 to {MOST_CLASSES}")
    if wrong := [row for row in rows if not row.name or not 0 <= row.value <= _MOST_VALUE]:
        what = f"{folder}: the class {wrong[0].name!r} has the index {wrong[0].value:.20g}"
        raise DataError(what, f"give each class a name, and an index from 0 to {_MOST_VALUE}")
    for what, values in (
        ("name", [row.name for row in rows]),
        ("index", [row.value for row in rows]),
        ("colour", [f"#{row.colour:06x}" for row in rows if row.colour is not None]),
    ):
        if (twice := _repeated(values)) is not None:
            raise DataError(f"{folder}: two classes have the {what} {twice}", "use each once")


def _is_binary(paths: Sequence[Path]) -> bool:
    """Return whether the readable masks have the values 0 and 255 and no others."""
    found: set[int] = set()
    for path in paths:
        try:
            stored, in_colour = stored_values(path)
        except UnreadableMaskError:  # set aside later, with the reason
            continue
        found |= set(np.unique(stored).tolist())
        if in_colour or not found <= _BINARY:
            return False
    return IGNORED in found


def _repeated(values: Iterable[object]) -> object | None:
    seen = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _of_values(paths: Sequence[Path], ignored: str, *, chosen: bool) -> ClassList:
    """Return numbered classes for the values in all masks. 0 and 255 alone are background and foreground."""
    if not ignored.isdecimal():
        raise UsageError(f"ignore={ignored} names a class, but no classes are named", "give classes=A,B,C, or an index")
    values: set[int] = set()
    for path in paths:
        try:
            stored, in_colour = stored_values(path)
        except UnreadableMaskError:  # set aside later, with the reason
            continue
        if in_colour:
            return ClassList(("background", "foreground"), Palette())  # reading the mask tells what is missing
        values |= set(np.unique(stored).tolist())
    if values == _BINARY and not chosen:
        names = ("background", "foreground")
        return ClassList(names, _OF_BINARY, (_BINARY_NOTE.format(*names),))
    largest = max((value for value in values if value not in {int(ignored), IGNORED}), default=0)
    if largest >= MOST_CLASSES:
        raise DataError(f"a mask has the value {largest}", f"class indices are 0 to {MOST_CLASSES - 1}; use ignore=")
    count = max(2, largest + 1)
    unused = dict.fromkeys([int(ignored), IGNORED], IGNORED)
    indices = unused | {at: at for at in range(count) if at not in unused}
    note = f"classes have no names: {count} are numbered; name them with classes=A,B,C or classes.txt"
    return ClassList(default_classes(count), Palette(tuple(sorted(indices.items()))), (note,))
