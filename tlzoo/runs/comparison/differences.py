"""Paired differences of runs in all measures of their task."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.evaluation.paired import (
    DRAWS,
    Difference,
    bootstrap_difference,
    bootstrap_weights,
    share_difference,
)

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.comparison.compared_run import ComparedRun
    from tlzoo.tasks import Measure

__all__ = ["MOST_IN_PAIRS", "FigureDifference", "Figures", "best_run", "measured"]

MOST_IN_PAIRS = 8
"""Of more runs, only the pairs with the best one are compared."""


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """The difference of two runs, ``second`` minus ``first``, in one figure of all samples or of a class or target."""

    measure: Measure
    first: str
    second: str
    difference: Difference

    @property
    def better(self) -> str | None:
        """The letter of the run with the better figure; None if they are equal or the figure is undefined."""
        value = self.difference.value
        if not math.isfinite(value) or not value:
            return None
        return self.second if (value < 0) == self.measure.is_loss else self.first

    @property
    def verdict(self) -> str:
        """The difference in words."""
        value, interval = self.difference.value, self.difference.interval
        if not math.isfinite(value):
            return f"{self.measure.title} of {self.first} or {self.second} is undefined"
        if self.better is None:
            begin = f"{self.first} and {self.second} are equal"
        else:
            begin = f"{self.better} is better by {self.amount(abs(value), signed=False)}"
        if interval is None:
            return f"{begin}: too few samples for an interval"
        low, high = interval if self.better is None or value > 0 else (-interval[1], -interval[0])
        shown = f"{begin} ({self.amount(low, unit=False)} to {self.amount(high, unit=False)})"
        return f"{shown}: the difference is {'significant' if self.difference.is_significant else 'within noise'}"

    def amount(self, value: float, *, signed: bool = True, unit: bool = True) -> str:
        """Return a difference as text: shares in percentage points."""
        if self.measure.unit == "share":
            return f"{100 * value:{'+' if signed else ''}.1f}{' points' if unit else ''}"
        return f"{value:{'+' if signed else ''}.3g}"

    def to_json(self) -> dict[str, Any]:
        """Return an element of ``differences`` in ``tlzoo runs compare --json``."""
        value, interval = self.difference.value, self.difference.interval
        return {
            "figure": self.measure.name,
            "first": self.first,
            "second": self.second,
            "value": value if math.isfinite(value) else None,
            "interval": None if interval is None else list(interval),
            "p_value": self.difference.p_value,
            "significant": self.difference.is_significant,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of a task, their ``values`` (runs, measures), and the differences of all pairs of runs."""

    measures: Sequence[Measure]
    values: np.ndarray
    differences: Sequence[FigureDifference]

    def of_runs(self, at: int) -> list[float]:
        """Return the values of the measure at a position, one for each run."""
        values: list[float] = self.values[:, at].tolist()
        return values

    def of_rows(self) -> dict[str, list[int]]:
        """Return the positions of the measures of each class or target."""
        rows: dict[str, list[int]] = {}
        for at, measure in enumerate(self.measures):
            if measure.row is not None:
                rows.setdefault(measure.row, []).append(at)
        return rows


def measured(runs: Sequence[ComparedRun], progress: Progress, groups: int = 1, best: int | None = None) -> Figures:
    """Return the figures of aligned runs and their paired differences.

    Shares of right answers are compared by the exact McNemar test, other figures by the paired bootstrap. The
    differences of one figure are a family: intervals are simultaneous, and p-values adjusted, over all pairs of runs,
    all classes or targets, and all ``groups``. Of more than eight runs, only the pairs with the best run are compared.
    The correction still counts all pairs, because the best run is known only from the answers. ``best`` is its
    position; by default, the score decides.
    """
    measures = runs[0].outcomes.measures
    count = runs[0].outcomes.count
    values = np.concatenate([each.outcomes.figures(np.ones((1, count))) for each in runs])
    drawn = _drawn(runs, progress)
    pairs = list(combinations(range(len(runs)), 2))
    family = groups * len(pairs)
    if len(runs) > MOST_IN_PAIRS:
        chosen = best_run(measures[0], values) if best is None else best
        pairs = [each for each in pairs if chosen in each]
    rows = {each.row: len(each.samples) for each in measures if each.row is not None and each.samples is not None}
    sizes = Counter((each.name, each.row is None) for each in measures)
    found = [
        FigureDifference(
            measure,
            runs[one].letter,
            runs[other].letter,
            _difference(
                (runs[one].outcomes.measures[at], runs[other].outcomes.measures[at]),
                float(values[other, at] - values[one, at]),
                drawn[:, other, at] - drawn[:, one, at],
                rows.get(measure.row, count) if measure.row is not None else count,
                family * sizes[measure.name, measure.row is None],
            ),
        )
        for at, measure in enumerate(measures)
        for one, other in pairs
    ]
    return Figures(measures, values, found)


def best_run(score: Measure, values: np.ndarray) -> int:
    """Return the position of the run with the best score, the first one among equals.

    ``values`` are the figures, (runs, measures).
    """
    sign = 1 if score.is_loss else -1
    return min(range(len(values)), key=lambda at: (sign * values[at, 0], at))


def _drawn(runs: Sequence[ComparedRun], progress: Progress) -> np.ndarray:
    """Return the figures of all runs in the same bootstrap samples, (draws, runs, measures)."""
    count = runs[0].outcomes.count
    blocks = []
    with progress.track("comparing", DRAWS, "bootstrap samples") as advance:
        for weights in bootstrap_weights(count):
            blocks.append(np.stack([each.outcomes.figures(weights) for each in runs], axis=1))
            advance(len(weights))
    return np.concatenate(blocks)


def _difference(
    measures: tuple[Measure, Measure], value: float, drawn: np.ndarray, count: int, comparisons: int
) -> Difference:
    one, other = measures
    if one.values is None or other.values is None or not (one.is_binary and other.is_binary):
        samples = count if one.samples is None else len(one.samples)
        return bootstrap_difference(value, drawn, samples, comparisons)
    if not len(one.values):
        return Difference(math.nan, None, None)
    return share_difference(one.values, other.values, comparisons)
