"""Rows as a CSV file, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from tlzoo.files.atomic import write_text
from tlzoo.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["text_cell", "write_rows"]

_FORMULA = ("=", "+", "-", "@")


def write_rows(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows atomically; the first has the names of the columns."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    write_text(path, stream.getvalue())


def text_cell(text: str) -> str:
    """Return a printable text, with an apostrophe before a formula: a spreadsheet would compute ``=1+1``.

    A carriage return is replaced, because the csv module does not quote it and some readers would end the row.
    """
    shown = printable(text, one_line=True)
    return f"'{shown}" if shown[:1] in _FORMULA else shown
