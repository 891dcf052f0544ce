"""What is kept of a column while a table is read: little more than a number a row."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from tlzoo.data.contract import Array


@final
class Categories:
    """A column of names, of which few are different: a number for each row, -1 where there is none."""

    def __init__(self) -> None:
        self._codes = array("q")
        self._names: dict[str, int] = {}

    def append(self, cell: Any) -> None:
        """Take the next row's cell."""
        name = None if cell is None else _said(cell)
        self._codes.append(-1 if not name else self._names.setdefault(name, len(self._names)))

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order in which they came."""
        return tuple(self._names)

    @property
    def codes(self) -> Array:
        """For each row the position of its name, int64 (N,)."""
        return np.frombuffer(self._codes, np.int64) if self._codes else np.empty(0, np.int64)


def _said(cell: Any) -> str:
    """Return a cell as a name: ``3.0`` is 3, True is ``true``."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
