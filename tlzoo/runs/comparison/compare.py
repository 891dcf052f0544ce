"""Compare finished runs on their common test samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tlzoo.runs.comparison.changes import changed_answers
from tlzoo.runs.comparison.compared_run import open_compared
from tlzoo.runs.comparison.comparison import Group, RunComparison
from tlzoo.runs.comparison.costs import run_costs
from tlzoo.runs.comparison.differences import best_run, measured
from tlzoo.runs.comparison.recipe_fields import differing_fields
from tlzoo.runs.comparison.subgroups import subgroups
from tlzoo.runs.comparison.test_samples import aligned

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run

__all__ = ["compare_runs"]


def compare_runs(runs: Sequence[Run], progress: Progress, by: str | None = None) -> RunComparison:
    """Compare finished runs by their kept answers to the same test samples. TensorFlow is not imported.

    Args:
        runs: Two or more runs of one task.
        progress: Receives progress and notes.
        by: Column of the data to divide the test samples by; the data are then opened.

    Returns:
        The comparison.

    Raises:
        UsageError: For fewer than two runs, or a column that the data do not have.
        RunError: For an unfinished run, one without kept answers, or runs with different tasks or test samples.
        BytesRefusedError: For a damaged or changed folder.
    """
    opened = aligned(open_compared(runs))
    parts = {} if by is None else subgroups(opened[0], by, progress)
    figures = measured(opened, progress)
    best = best_run(figures.measures[0], figures.values)
    return RunComparison(
        runs=opened,
        recipe=differing_fields([each.recipe for each in opened]),
        figures=figures,
        changes=changed_answers(opened),
        costs=[run_costs(each.run) for each in opened],
        by=by,
        groups=[
            Group(value, len(rows), measured([each.rows(rows) for each in opened], progress, len(parts), best))
            for value, rows in parts.items()
        ],
    )
