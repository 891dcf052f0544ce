"""Figures of one run by subgroup of its test samples, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.evaluation.mean_interval import UNIT_BOUNDS
from tlzoo.evaluation.paired import bootstrap_interval, bootstrap_weights
from tlzoo.runs.comparison.compared_run import open_run
from tlzoo.runs.comparison.subgroups import subgroups
from tlzoo.tasks import Figure, wilson_interval

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Outcomes

__all__ = ["Subgroup", "subgroup_figures"]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """The test samples with one ``value`` of a column: their number, and their figures with 95 % intervals."""

    value: str
    count: int
    figures: Sequence[Figure]


def subgroup_figures(run: Run, column: str, progress: Progress) -> list[Subgroup]:
    """Return the figures of a finished run for each value of a column of its data, from its kept answers.

    Shares of right answers have Wilson's interval, other figures that of the bootstrap, or none if the figure is the
    same in all bootstrap samples. Each interval holds alone, with 95 %.

    Raises:
        UsageError: If the data do not have the column, or it has too many values.
        RunError: If the run is not finished or has no kept answers, or its data have changed.
        BytesRefusedError: If the folder was changed.
    """
    opened = open_run(run, "A")
    parts = subgroups(opened, column, progress)
    return [Subgroup(value, len(rows), list(_figures(opened.rows(rows).outcomes))) for value, rows in parts.items()]


def _figures(outcomes: Outcomes) -> Iterator[Figure]:
    values = outcomes.figures(np.ones((1, outcomes.count)))[0]
    drawn = np.concatenate([outcomes.figures(weights) for weights in bootstrap_weights(outcomes.count)])
    for at, measure in enumerate(outcomes.measures):
        if measure.row is not None:
            continue
        value = float(values[at])
        interval: tuple[float, float] | None = None
        if measure.is_binary and measure.values is not None and len(measure.values):
            interval = wilson_interval(int(measure.values.sum()), len(measure.values))
        else:
            bounds = UNIT_BOUNDS.get(measure.unit, (0.0 if measure.is_loss else -math.inf, math.inf))
            interval = bootstrap_interval(value, drawn[:, at], outcomes.count, bounds)
        yield Figure(measure.name, measure.title, value if math.isfinite(value) else None, measure.unit, interval)
