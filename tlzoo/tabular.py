"""Tables in a notebook, at a prompt, and as a pandas data frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from typing import Any

from tlzoo.errors import UsageError
from tlzoo.printable import printable

__all__ = ["Table", "Tabular", "columns_of", "number_text"]

_LONGEST_CELL = 60
_MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text: ``rows`` have one cell per column; columns in ``right`` are numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[str] = frozenset()
    caption: str = ""


class Tabular(ABC):
    """Displays itself as a table; ``to_records`` and ``to_pandas`` return its plain values."""

    __slots__ = ()

    @abstractmethod
    def table(self) -> Table:
        """Return the displayed cells."""

    @abstractmethod
    def to_records(self) -> list[dict[str, Any]]:
        """Return plain values, one mapping per row."""

    def to_pandas(self) -> Any:
        """Return the records as a ``pandas.DataFrame``. Raises UsageError if pandas is not installed."""
        try:
            pandas = import_module("pandas")
        except ImportError as error:
            raise UsageError("pandas is not installed", "run `pip install pandas`, or use to_records()") from error
        return pandas.DataFrame.from_records(self.to_records())

    def __repr__(self) -> str:
        """Return the table as text."""
        return _as_text(self.table())

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return _as_html(self.table())


def _as_text(table: Table) -> str:
    shown = [[_cell(each) for each in row] for row in table.rows[:_MOST_ROWS]]
    cells = [list(map(_cell, table.columns)), *shown]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [name in table.right for name in table.columns]
    lines = [
        "  ".join(
            each.rjust(width) if numeric else each.ljust(width)
            for each, width, numeric in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([*([printable(table.caption)] if table.caption else []), *lines, *_more(table)])


def _as_html(table: Table) -> str:
    head = "".join(f"<th>{escape(printable(each))}</th>" for each in table.columns)
    body = "".join(
        "<tr>"
        + "".join(_html_cell(each, name in table.right) for name, each in zip(table.columns, row, strict=True))
        + "</tr>"
        for row in table.rows[:_MOST_ROWS]
    )
    caption = f"<caption>{escape(printable(table.caption))}</caption>" if table.caption else ""
    more = "".join(f"<p>{escape(each)}</p>" for each in _more(table))
    return f'<table class="dataframe">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'


def _html_cell(text: str, is_number: bool) -> str:  # noqa: FBT001
    style = ' style="text-align: right"' if is_number else ' style="text-align: left"'
    return f"<td{style}>{escape(printable(text))}</td>"


def _cell(text: str) -> str:
    text = printable(" ".join(str(text).split()))
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def _more(table: Table) -> list[str]:
    left = len(table.rows) - _MOST_ROWS
    return [f"… and {left} more rows: to_records() and to_pandas() return all"] if left > 0 else []


def number_text(value: Any) -> str:
    """Return a number with four significant digits; a dash if it is unknown."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def columns_of(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys of all records, in order of first occurrence."""
    return list(dict.fromkeys(name for each in records for name in each))
