"""Entries of the zoo as a sequence that displays as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from tlzoo.tabular import Table, Tabular
from tlzoo.zoo.listing.fields import COLUMNS, Row, fields_of
from tlzoo.zoo.listing.formatting import shown

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["Entries"]


@dataclass(frozen=True, repr=False)
class Entries(Tabular, Sequence["Entry"]):
    """Selected entries, in order. ``to_records()`` has all their facts."""

    rows: tuple[Row, ...]

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        """Return the entry at a position, or a table of the entries in a slice."""
        return Entries(self.rows[index]) if isinstance(index, slice) else self.rows[index].entry

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.rows)

    @property
    def ids(self) -> list[str]:
        """The ids, in order."""
        return [row.id for row in self.rows]

    def to_records(self) -> list[dict[str, Any]]:
        """Return the fields of each entry; None for unknown values."""
        names = list(fields_of(self.rows))
        return [{name: row.values.get(name) for name in names} for row in self.rows]

    def table(self) -> Table:
        """Return the columns of ``tlzoo list``."""
        fields = [fields_of(self.rows)[name] for name in COLUMNS]
        rows = [[shown(field, field.of(row)) for field in fields] for row in self.rows]
        caption = "" if rows else "no entry matches"
        return Table(COLUMNS, rows, frozenset(field.name for field in fields if field.is_number), caption)
