"""Inputs of a table: texts, rows of numbers, or images by path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.adapters.folder_layout import READABLE
from tlzoo.data.adapters.images import ImageFiles
from tlzoo.data.contract import SetAside
from tlzoo.data.inputs import Inputs
from tlzoo.errors import DataError
from tlzoo.files.folders import expanded
from tlzoo.modalities.numeric.number_rows import NumberRows
from tlzoo.modalities.text.texts import Texts
from tlzoo.modalities.vision.image_files.background import (
    Background,
    background_of,
    describe_transparency,
    digests_over,
)
from tlzoo.modalities.vision.image_files.encoded import read_encoded
from tlzoo.modalities.vision.image_files.verification import verify_images

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tlzoo.data.adapters.tables.columns import Columns
    from tlzoo.data.adapters.tables.reader import Content
    from tlzoo.modalities.vision.image_files.examination_cache import Verdict
    from tlzoo.progress import Progress

_LOOKED_IN = 100


def texts_of(content: Content, path: Path, columns: Columns) -> Texts:
    """Return the texts, with the columns of numbers appended to the last text of each: ``… age 42``."""
    store, lines, parts = content.inputs, content.lines, len(columns.text)
    numbers = tuple(content.numbers.items())

    def read(index: int) -> tuple[bytes, ...]:
        texts = [store[index * parts + each] for each in range(parts)]
        if numbers:
            said = numbers_in_words((name, values[index]) for name, values in numbers)
            texts[-1] = texts[-1] + b" " * bool(texts[-1]) + said.encode()
        return tuple(texts)

    return Texts(len(lines), read, lambda index: f"{path}:{lines[index]}", parts)


def numbers_in_words(numbers: Iterable[tuple[str, float]]) -> str:
    """Return the numbers to append to a text: ``price 7.5, age 42``."""
    return ", ".join(f"{name} {float(value):.6g}" for name, value in numbers)


def numbers_of(content: Content, path: Path) -> NumberRows:
    """Return the columns of numbers, in the order in which the source names them."""
    rows = np.stack([each.values for each in content.numbers.values()], axis=1)
    lines = content.lines
    return NumberRows(path.name, rows, tuple(content.numbers), lambda index: f"{path}:{lines[index]}")


def images_of(content: Content, path: Path, options: Mapping[str, str], progress: Progress) -> Inputs:
    """Return the images; undecodable images are set aside.

    ``options`` may have ``alpha``, ``root`` and ``suffix``. Results are cached, as for ``images:``. Images in
    the table itself are decoded every time.
    """
    background = background_of(options.get("alpha"))
    if content.images_inside:
        store, lines = content.inputs, content.lines
        return read_encoded(len(store), store.__getitem__, lambda row: f"{path}:{lines[row]}", background, progress)
    folder = image_root(path, options)
    paths = image_paths(content, folder, options.get("suffix"))
    verdicts = verify_images(folder, paths, progress)
    rows = np.array([row for row, verdict in enumerate(verdicts) if verdict.reason is None], np.int64)
    aside = tuple(
        SetAside(f"{folder / paths[row]} ({path.name}:{content.lines[row]})", verdict.reason)
        for row, verdict in enumerate(verdicts)
        if verdict.reason is not None
    )
    if not len(rows):
        what = f"none of the {len(paths)} images of {path} can be read"
        fix = _nearby(folder, paths[0]) or f"paths are relative to {folder}"
        raise DataError(f"{what}: {paths[0]!r}: {aside[0].reason}", fix)
    readable = [verdicts[row] for row in rows]
    digests = np.frombuffer(bytes.fromhex("".join(each.sha256 for each in readable)), np.uint8).reshape(-1, 32)
    examples = ImageFiles(folder, [paths[row] for row in rows], readable, None, background)
    return Inputs(examples, digests_over(digests, background), rows, aside, _transparency(readable, background))


def image_root(path: Path, options: Mapping[str, str]) -> Path:
    """Return the folder of a table's relative image paths: ``root``, or that of the table."""
    return expanded(options["root"]) if options.get("root") else path.parent


def image_paths(content: Content, folder: Path, suffix: str | None) -> list[str]:
    """Return the paths of a table's images below ``folder``, "" for a missing one.

    ``suffix`` is appended unless present. Backslashes separate folders unless a file has such a name.
    """
    ending = f".{suffix}" if suffix and "." not in suffix else suffix or ""
    paths = []
    for row in range(len(content.inputs)):
        cell = content.inputs[row].decode("utf-8", "surrogatepass").strip()
        if cell and not cell.lower().endswith(ending.lower()):
            cell += ending
        if "\\" in cell and not (folder / cell).exists():
            cell = cell.replace("\\", "/")
        paths.append(cell)
    return paths


def _nearby(folder: Path, cell: str) -> str | None:
    """Return an option with which the first image is found, if there is one."""
    if not folder.is_dir():
        return f"folder {str(folder)!r} does not exist"
    for suffix in sorted(READABLE):
        if any((folder / f"{cell}{each}").is_file() for each in (suffix, suffix.upper())):
            return f"add the option suffix={suffix}"
    inside = sorted(each for each in folder.iterdir() if each.is_dir())[:_LOOKED_IN]
    for each in inside:
        if (each / cell).is_file():
            return f"add the option root={each}"
        if found := [suffix for suffix in sorted(READABLE) if (each / f"{cell}{suffix}").is_file()]:
            return f"add the options root={each}&suffix={found[0]}"
    return None


def _transparency(readable: Sequence[Verdict], background: Background) -> tuple[str, ...]:
    return describe_transparency(sum(each.transparent for each in readable), len(readable), background)
