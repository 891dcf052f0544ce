"""Inspection of rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from tlzoo.data.inspection.facts import InputFacts, Size

if TYPE_CHECKING:
    from tlzoo.data.contract import Examples

__all__ = ["ColumnFacts", "NumberFacts", "number_facts"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """Range, median, 95 % quantile, mean and standard deviation of a column."""

    name: str
    min: float
    median: float
    most_of_them: float
    max: float
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class NumberFacts(InputFacts):
    """The values of each column."""

    key: ClassVar = "numbers"

    columns: tuple[ColumnFacts, ...]

    def lines(self) -> Iterator[str]:
        """Yield the range, mean and deviation of the first columns."""
        for each in self.columns[:_SHOWN]:
            values = f"{each.min:.4g} to {each.max:.4g}, mean {each.mean:.4g}, deviation {each.deviation:.4g}"
            yield f"{each.name}: {values}" + ("; constant" if each.min == each.max else "")
        if len(self.columns) > _SHOWN:
            yield f"and {len(self.columns) - _SHOWN} more columns"

    def sizes(self) -> Iterator[Size]:
        """Yield the ranges of the first columns."""
        for each in self.columns[:_SHOWN]:
            yield Size(each.name, each.min, each.median, each.most_of_them, each.max)


def number_facts(examples: Examples, advance: Callable[[int], None]) -> NumberFacts | None:
    """Return the facts of rows of numbers; None without rows, or for examples of other classes."""
    from tlzoo.modalities.numeric.number_rows import NumberRows

    if not isinstance(examples, NumberRows) or not len(examples):
        return None
    rows = examples.rows.astype(np.float64)
    names = examples.columns or [f"column {number}" for number in range(rows.shape[1])]
    least, median, most_of_them, most = np.quantile(rows, (0, 0.5, 0.95, 1), axis=0)
    figures = (least, median, most_of_them, most, rows.mean(axis=0), rows.std(axis=0))
    advance(len(rows))
    columns = zip(names, *(each.tolist() for each in figures), strict=True)
    return NumberFacts(tuple(ColumnFacts(*each) for each in columns))
