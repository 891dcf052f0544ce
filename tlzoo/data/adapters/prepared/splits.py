"""Parts of a prepared data set as one table with a column for the split."""

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

SPLIT = "the data set's own split"
"""Name of the added column."""


class Parts:
    """Tables with the same columns, one after the other; rows are counted over all tables, from 1."""

    unit = "row"

    def __init__(self, parts: Sequence[tuple[str, Table]]) -> None:
        """Take tables by split. Those with other names than train, validation and test are skipped."""
        known = [(name, part) for name, part in parts if split_of(name)]
        self._parts = known or list(parts)
        self.is_split = len(known) > 1 or (bool(known) and split_of(known[0][0]) != "train")
        columns = list(dict.fromkeys(name for _, part in self._parts for name in part.columns))
        self.columns = (*columns, SPLIT)

    def count(self) -> int:
        """Return the number of rows of all parts; 0 if one does not know it."""
        counts = [part.count() for _, part in self._parts]
        return sum(counts) if all(counts) else 0

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the number of each row and its cells; cells of missing columns are empty."""
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
    """Read the parts as a table. Their splits are the declared ones, unless a column is named with ``split=``."""
    from tlzoo.data.adapters.tables.adapter import read_samples

    named = {"split": SPLIT, **options} if parts.is_split else options
    return read_samples(parts, path, source, named, progress)
