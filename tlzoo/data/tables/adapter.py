"""``table:FILE?text=COLUMN&label=COLUMN``: texts and their labels in a file of rows and columns."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.contract import SPLITS, Array, Progress, Samples
from tlzoo.data.layout import natural
from tlzoo.data.tables.columns import OPTIONS, Columns, read_columns
from tlzoo.data.tables.gathering import Categories
from tlzoo.data.tables.opening import open_table
from tlzoo.data.tables.store import StringStore
from tlzoo.data.tasks import Classification
from tlzoo.data.texts import Texts
from tlzoo.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SPLIT_NAMES = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
_SHOWN = 3


def table(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a table: ``?text=COLUMN&label=COLUMN``, CSV (``.csv``) or tab-separated (``.tsv``), with a header.

    ``text=A+B`` makes pairs of texts. ``split=COLUMN`` says ``train``, ``validation`` or ``test`` for each row.
    ``encoding`` is UTF-8 or what the byte order mark says, ``delimiter`` the comma or in ``.tsv`` the tab, unless they
    are given. Texts stay as they are; names of classes and splits lose the blanks around them. An empty cell is a
    missing one, and those are refused.

    Raises DataError where the file is not there or is broken (with the line), UsageError for an unknown option or
    column.
    """
    if not location:
        raise UsageError("'table:' names no file", "write one behind it, as in 'table:reviews.csv?text=…&label=…'")
    path, source = Path(location).expanduser(), f"table:{location}"
    opened = open_table(path, options, OPTIONS)
    columns = read_columns(options, opened.columns, source)
    place = {name: position for position, name in enumerate(columns.used)}
    of_text = [place[name] for name in columns.text]
    texts, lines, labels, splits = StringStore(), array("q"), Categories(), Categories()
    missing: dict[str, list[int]] = {}
    for line, cells in opened.rows(columns.used, progress):
        for name, cell in zip(columns.used, cells, strict=True):
            if cell is None:
                missing.setdefault(name, []).append(line)
        for position in of_text:
            texts.append(str(cells[position] or "").encode())
        lines.append(line)
        labels.append(cells[place[columns.label]])
        if columns.split:
            splits.append(cells[place[columns.split]])
    _refuse_missing(location, missing)
    texts.close()
    if not lines:
        raise DataError(f"{path} has a header and no rows", "add some")
    parts = len(of_text)
    examples = Texts(
        len(lines),
        lambda index: tuple(texts[index * parts + each] for each in range(parts)),
        lambda index: f"{path}:{lines[index]}",
        parts,
    )
    positions, classes = _sorted(labels)
    return Samples(
        source=source,
        task=Classification(classes),
        examples=examples,
        labels=positions,
        digests=examples.digests(),
        given=_given(splits, columns, source) if columns.split else {},
    )


def _sorted(labels: Categories) -> tuple[Array, tuple[str, ...]]:
    """Return positions in the classes, which are sorted naturally."""
    order = sorted(range(len(labels.names)), key=lambda code: natural(labels.names[code]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[labels.codes], tuple(labels.names[code] for code in order)


def _given(splits: Categories, columns: Columns, source: str) -> dict[str, Array]:
    unknown = [name for name in splits.names if name.lower() not in _SPLIT_NAMES]
    if unknown:
        fix = did_you_mean(unknown[0].lower(), _SPLIT_NAMES, valid="splits")
        raise DataError(f"{source}: {unknown[0]!r} in the column {columns.split!r} is no split", fix)
    of_code = np.array([SPLITS.index(_SPLIT_NAMES[name.lower()]) for name in splits.names], np.int64)
    of_row = of_code[splits.codes]
    return {name: np.flatnonzero(of_row == at) for at, name in enumerate(SPLITS) if (of_row == at).any()}


def _refuse_missing(location: str, missing: Mapping[str, Sequence[int]]) -> None:
    for name, lines in missing.items():
        shown = ", ".join(map(str, lines[:_SHOWN])) + (", …" if len(lines) > _SHOWN else "")
        rows = "1 row" if len(lines) == 1 else f"{len(lines)} rows"
        where = "line" if len(lines) == 1 else "lines"
        raise DataError(f"{location}: {name!r} is missing in {rows} ({where} {shown})", "fill them, or remove the rows")
