"""Split conformal prediction: label sets and intervals with a chosen coverage, from scores of held-out samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tlzoo.errors import DataError, UsageError
from tlzoo.tasks.standard_errors import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlzoo.tasks.label_rows import Labels

__all__ = [
    "MOST_SCORES",
    "CoverageRow",
    "MeasuredCoverage",
    "check_coverage",
    "limits",
    "measured_coverage",
    "needed_samples",
    "read_coverage",
    "sorted_scores",
]

MOST_SCORES = 2000
"""Largest number of scores that a run keeps, unless its coverage needs more: others hardly change a quantile."""

_ROUNDING = 1e-9


def check_coverage(coverage: float, given: Any = None) -> float:
    """Return a coverage. Raises UsageError unless it is between 0 and 1."""
    if not 0 < coverage < 1:
        raise UsageError(
            f"coverage must be above 0% and below 100%; got {coverage if given is None else given}",
            "write 90%, or 0.9 in Python; only a set of all classes covers 100 %",
        )
    return coverage


def read_coverage(value: Any) -> float:
    """Return a coverage given as a number, or as text such as ``90%``. Raises UsageError for any other value.

    >>> read_coverage("90%"), read_coverage(0.9)
    (0.9, 0.9)
    """
    try:
        text = str(value).strip()
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = math.nan
    return check_coverage(number, value)


def needed_samples(coverage: float) -> int:
    """Return the smallest number of held-out samples that can promise a coverage.

    >>> needed_samples(0.9), needed_samples(0.99)
    (9, 99)
    """
    return max(1, math.ceil(coverage / (1 - coverage) - _ROUNDING))


def sorted_scores(scores: np.ndarray, seed: int, coverage: float | None = None) -> list[list[float]]:
    """Return the sorted scores (N, columns) of each column; of more than 2,000 samples, those of 2,000 at random.

    A ``coverage`` that needs more scores, such as 99.99 %, keeps as many as it needs.
    """
    count, most = len(scores), max(MOST_SCORES, 0 if coverage is None else needed_samples(coverage))
    if count > most:
        scores = scores[np.random.default_rng(seed).choice(count, most, replace=False)]
    return [np.sort(column).tolist() for column in np.asarray(scores, np.float64).T]


def limits(scores: Sequence[Sequence[float]], coverage: float, what: str) -> np.ndarray:
    """Return the largest score of an answer in the set, for each column of scores: float64 (columns,).

    It is the score of rank ceil((n + 1) * coverage) of n sorted scores (Lei et al. 2018, arXiv 1604.04173, algorithm
    2). If the n samples and a new one are exchangeable, the set of the new one contains its label with a probability of
    at least ``coverage``, and at most ``coverage`` + 1 / (n + 1) without ties.

    Args:
        scores: Sorted scores of held-out samples, by column.
        coverage: Between 0 and 1.
        what: Start of the message for too few scores.

    Returns:
        The limits.

    Raises:
        UsageError: If the coverage is not between 0 and 1.
        DataError: If there are too few scores to promise the coverage.
    """
    check_coverage(coverage)
    count = min((len(each) for each in scores), default=0)
    if count < (needed := needed_samples(coverage)):
        found = f"{count} held-out labels" if count < MOST_SCORES else f"the scores of {count} held-out labels"
        raise DataError(
            f"{what} has {found}, but a coverage of {100 * coverage:g} % needs at least {needed}",
            "train with more labels in the validation split, or use a lower coverage"
            if count < MOST_SCORES
            else f"train with this coverage: a run keeps {MOST_SCORES:,} scores unless its own coverage needs more",
        )
    return np.array([each[math.ceil((len(each) + 1) * coverage - _ROUNDING) - 1] for each in scores])


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One class or target: the share of covered samples, the mean size of their sets, and their number."""

    coverage: float
    size: float
    examples: int


@dataclass(frozen=True, slots=True)
class MeasuredCoverage:
    """Coverage on labelled samples: the share of sets that contain the label, with its 95 % interval.

    ``asked`` is the promised coverage. ``size`` is the mean number of classes in a set, or the mean width of intervals;
    None for several targets, because their units can differ. ``empty`` is the share of empty sets. ``rows`` are by
    class, or by target.
    """

    asked: float
    coverage: float
    interval: tuple[float, float]
    size: float | None
    empty: float
    rows: Mapping[str, CoverageRow]

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``coverage`` in the JSON of a split's metrics."""
        rows = {name: {key: getattr(row, key) for key in CoverageRow.__slots__} for name, row in self.rows.items()}
        return {
            "asked": self.asked,
            "coverage": self.coverage,
            "interval": list(self.interval),
            "size": self.size,
            "empty": self.empty,
            "rows": rows,
        }


class Covering(Protocol):
    """What the coverage is measured with: methods of a ``Task``."""

    @property
    def names(self) -> tuple[str, ...]:
        """The classes or targets."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        ...

    def nonconformity(self, labels: Labels, answers: np.ndarray) -> np.ndarray:
        """Return the scores of labels, (N, columns)."""
        ...

    def cover_sizes(self, answers: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """Return the sizes of sets or intervals, (N, columns)."""
        ...

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each class with a mask of its samples."""
        ...


def measured_coverage(
    task: Covering, labels: Labels, answers: np.ndarray, bounds: np.ndarray, asked: float
) -> MeasuredCoverage:
    """Compare the sets of answers (N, names) with labels. ``bounds`` are those of ``limits``."""
    covered = task.nonconformity(labels, answers) <= bounds
    sizes = task.cover_sizes(answers, bounds)
    members = list(task.class_members(labels)) if task.class_names else []
    parts = [(name, covered[of], sizes[of]) for name, of in members] or [
        (name, covered[:, [at]], sizes[:, [at]]) for at, name in enumerate(task.names)
    ]
    return MeasuredCoverage(
        asked=asked,
        coverage=float(covered.mean()),
        interval=wilson_interval(float(covered.mean(axis=1).sum()), len(covered)),
        size=float(sizes.mean()) if sizes.shape[1] == 1 else None,
        empty=float((sizes == 0).mean()),
        rows={
            name: CoverageRow(float(inside.mean()), float(size.mean()), len(inside))
            for name, inside, size in parts
            if len(inside)
        },
    )
