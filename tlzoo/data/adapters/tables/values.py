"""Columns in memory while a table is read, with about one number per row."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np

from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.data.contract import Array

_YES = frozenset({"1", "true", "yes", "y", "t"})
_NO = frozenset({"0", "false", "no", "n", "f"})
_WHOLE = re.compile(r"[01]\.0*")


class CellError(ValueError):
    """A cell does not fit its column; the message describes the cell."""


class Gatherer(Protocol):
    """Gathers the cells of a column."""

    def append(self, cell: Any) -> None:
        """Take the next row's cell, None for an empty one. Raises CellError for an invalid one."""
        ...


@final
class Categories:
    """A column of names: an index per row."""

    def __init__(self) -> None:
        self._codes = array("q")
        self._names: dict[str, int] = {}

    def append(self, cell: Any) -> None:
        """Take the next row's cell. Raises CellError for a list or a missing name."""
        name = "" if is_missing(cell) else as_name(cell)
        if not name:
            raise CellError("the name is missing")
        self._codes.append(self._names.setdefault(name, len(self._names)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of their first row."""
        return tuple(self._names)

    @property
    def codes(self) -> Array:
        """The index of each row's name, int64 (N,)."""
        return np.array(self._codes, np.int64)


@final
class Numbers:
    """A column of numbers; NaN for a missing one."""

    def __init__(self) -> None:
        self._values = array("d")

    def append(self, cell: Any) -> None:
        """Take the next row's cell. Raises CellError unless it is a finite number."""
        try:
            value = float("nan") if cell is None else float(cell)
        except (TypeError, ValueError) as error:
            raise CellError(f"{cell!r} is not a number") from error
        if cell is not None and not np.isfinite(value):
            raise CellError(f"{cell!r} is not a finite number")
        self._values.append(value)

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers, float64 (N,)."""
        return np.array(self._values, np.float64)

    def __getitem__(self, index: int) -> float:
        return self._values[index]

    def fill(self, value: float) -> None:
        """Fill missing numbers."""
        self._values = array("d", np.where(np.isnan(self.values), value, self.values).tolist())


@final
class NameSets:
    """A column with several names per row: a list, or text with a separator."""

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._codes = array("q")
        self._rows = array("q")
        self._names: dict[str, int] = {}
        self._count = 0

    def append(self, cell: Any) -> None:
        """Take the next row's cell; an empty one has no names."""
        names = cell if isinstance(cell, list) else as_name("" if cell is None else cell).split(self._separator)
        for name in dict.fromkeys(as_name(each) for each in names if not is_missing(each)):
            if name:
                self._codes.append(self._names.setdefault(name, len(self._names)))
                self._rows.append(self._count)
        self._count += 1

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of their first row."""
        return tuple(self._names)

    def table(self) -> NDArray[np.float32]:
        """Return indicators of the names of each row: float32 (N, K), 0 or 1."""
        table = np.zeros((self._count, len(self._names)), np.float32)
        table[np.array(self._rows, np.int64), np.array(self._codes, np.int64)] = 1
        return table


@final
class Flags:
    """A column of yes and no, in any of several spellings."""

    def __init__(self) -> None:
        self._values = array("b")

    def append(self, cell: Any) -> None:
        """Take the next row's cell. Raises CellError if it is neither."""
        said = as_name("" if cell is None else cell).lower()
        said = said[0] if _WHOLE.fullmatch(said) else said
        if said not in _YES and said not in _NO:
            raise CellError(f"{cell!r} is neither 0 nor 1")
        self._values.append(said in _YES)

    @property
    def values(self) -> NDArray[np.float32]:
        """0 and 1, float32 (N,)."""
        return np.array(self._values, np.float32)


def as_name(cell: Any) -> str:
    """Return a cell as a name: ``3.0`` is 3, True is ``true``, blanks are stripped. Raises CellError for a list."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, (list, dict)):
        fix = "; for several labels per row add 'labels=,'" if isinstance(cell, list) else ""
        raise CellError(f"{cell!r:.60} is not a single value{fix}")
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def as_text(cell: Any) -> bytes:
    """Return a cell as UTF-8, unchanged. Raises CellError unless it is a text or a number."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "surrogatepass")
    if isinstance(cell, bytes):
        raise CellError("the cell has bytes, not text")
    return as_name(cell).encode()


def at(error: CellError, where: str, column: str) -> DataError:
    """Return an error with the position of the cell."""
    return DataError(f"{where}, column {column!r}: {error}", "correct the cell, or leave the column out")
