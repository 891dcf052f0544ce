"""Splits by time: the latest samples are tested, those before them are for validation."""

from __future__ import annotations

import math
import re
from array import array
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.adapters.tables.values import Categories, CellError
from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TIME_PREFIX", "Times", "split_by_time"]

TIME_PREFIX = "time:"
"""Of the value of ``split``, before the name of the column."""

_SHARE = 0.15
"""Of the samples for test, and for validation."""
_MONTH = re.compile(r"\d{4}-\d{2}")


@final
class Times:
    """A column of times: numbers, dates, or dates with times of day; one kind per column."""

    def __init__(self) -> None:
        self._values = array("d")
        self._kind = ""

    def append(self, cell: Any) -> None:
        """Take the next row's cell. Raises CellError for a missing or unreadable time, and for another kind of time."""
        if is_missing(cell):
            raise CellError("the time is missing")
        kind, value = _read(cell)
        if self._kind not in {"", kind}:
            raise CellError(f"{str(cell)!r} is {kind}, but times above are {self._kind}")
        self._kind = kind
        self._values.append(value)

    @property
    def values(self) -> NDArray[np.float64]:
        """The times as numbers, float64 (N,): seconds since 1970, or the numbers of the column."""
        return np.array(self._values, np.float64)

    def text(self, value: float) -> str:
        """Return a time of the column as text."""
        if self._kind == "a number":
            return f"{value:.12g}"
        text = datetime.fromtimestamp(value, UTC).isoformat()
        return text.removesuffix("+00:00").removesuffix("T00:00:00")


def split_by_time(times: Times, where: str) -> tuple[Categories, str]:
    """Return the split of each row, and a note with the first times of validation and test.

    Test has the latest 15 % of the rows, validation the 15 % before them. Rows of one time stay together, so shares
    are the closest possible ones.

    Raises:
        DataError: If all times are equal. ``where`` names the column.
    """
    values = times.values
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(distinct) < 2:  # noqa: PLR2004
        raise DataError(f"{where}: all rows have the same time", "name another column, or leave out split=")
    after = counts[::-1].cumsum()[::-1]  # rows from each time on
    tested = 1 + int(np.abs(after[1:] - _SHARE * len(values)).argmin())
    validated = tested
    if tested > 1:
        validated = 1 + int(np.abs(after[1:tested] - after[tested] - _SHARE * len(values)).argmin())
    splits = Categories()
    for at in place:
        splits.append("train" if at < validated else "validation" if at < tested else "test")
    begins = {"validation": validated, "test": tested} if validated < tested else {"test": tested}
    said = ", ".join(f"{name} from {times.text(float(distinct[at]))}" for name, at in begins.items())
    return splits, f"{where}: split by time, {said}"


def _read(cell: Any) -> tuple[str, float]:
    """Return the kind of a time, and its value."""
    if isinstance(cell, str):
        cell = _parsed(cell.strip())
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if isinstance(cell, datetime):
        if cell.tzinfo is not None:
            return "a time with a zone", cell.timestamp()
        return "a time without a zone", cell.replace(tzinfo=UTC).timestamp()
    if isinstance(cell, date):
        return "a time without a zone", datetime(cell.year, cell.month, cell.day, tzinfo=UTC).timestamp()
    try:
        value = math.nan if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise CellError(f"{cell!r:.40} is not a time; write dates as 2024-05-31 or 2024-05-31T12:00, or numbers")
    return "a number", value


def _parsed(text: str) -> Any:
    """Return a date or time in ISO 8601, or the text itself, which may be a number."""
    try:
        float(text)
    except ValueError:
        try:
            return datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
        except ValueError:
            return text
    return text
