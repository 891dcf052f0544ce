"""A prepared set's parts as one table with a column that says the split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tlzoo.data.splitting.split_names import split_of

if TYPE_CHECKING:
    from pathlib import Path

    from tlzoo.data.adapters.tables.formats.open import Table
    from tlzoo.data.adapters.tables.formats.row import Row
    from tlzoo.data.contract import Samples
    from tlzoo.progress import Progress

SPLIT = "the set's own split"
"""The name of the column that is not in the parts themselves."""


class Parts:
    """Tables with the same columns, one behind the other; rows are counted over all of them, from 1."""

    unit = "row"

    def __init__(self, parts: Sequence[tuple[str, Table]]) -> None:
        """Take the tables with their splits. Those of other names than train, validation and test are left out."""
        known = [(name, part) for name, part in parts if split_of(name)]
        self._parts = known or list(parts)
        self.is_split = len(known) > 1 or (bool(known) and split_of(known[0][0]) != "train")
        columns = list(dict.fromkeys(name for _, part in self._parts for name in part.columns))
        self.columns = (*columns, SPLIT)

    def count(self) -> int:
        """Return the number of rows of all parts; 0 where one does not know it."""
        counts = [part.count() for _, part in self._parts]
        return sum(counts) if all(counts) else 0

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the number of each row and its cells; columns that a part does not have are empty in it."""
        number = 0
        for name, part in self._parts:
            inside = [each for each in columns if each in part.columns]
            place = {each: at for at, each in enumerate(inside)}
            for _, cells in part.rows(inside):
                number += 1
                yield (
                    number,
                    [name if each == SPLIT else (cells[place[each]] if each in place else None) for each in columns],
                )


def read_parts(parts: Parts, path: Path, source: str, options: Mapping[str, str], progress: Progress) -> Samples:
    """Read the parts as a table; their own splits are the declared ones, unless a column is named for that."""
    from tlzoo.data.adapters.tables.adapter import read_samples

    named = {"split": SPLIT, **options} if parts.is_split else options
    return read_samples(parts, path, source, named, progress)
