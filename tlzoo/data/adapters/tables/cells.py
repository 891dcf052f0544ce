"""Columns of a table that are read after its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.data.adapters.tables.values import CellError, as_text
from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from tlzoo.data.adapters.tables.formats.open import Table
    from tlzoo.data.contract import Array

__all__ = ["TableColumns"]


class TableColumns:
    """The columns of an opened table, for samples in the rows with these ``lines`` (N,)."""

    def __init__(self, table: Table, lines: Array) -> None:
        self._table = table
        self._lines = lines
        self.names = tuple(each for each in table.columns if each)

    def values(self, name: str, positions: Array) -> list[str]:
        """Return the cells of a column as text. Raises DataError if a row is missing, because the file changed."""
        wanted = set(self._lines[positions].tolist())
        found = {line: cell for line, (cell,) in self._table.rows((name,)) if line in wanted}
        if len(found) < len(wanted):
            raise DataError(f"the table has lost {len(wanted) - len(found)} rows since it was opened", "try again")
        try:
            return [_text(found[int(each)]) for each in self._lines[positions]]
        except CellError as error:
            raise DataError(f"the column {name!r} cannot be read as text: {error}", "choose another column") from error


def _text(cell: object) -> str:
    return "" if is_missing(cell) else as_text(cell).decode("utf-8", "replace").strip()
