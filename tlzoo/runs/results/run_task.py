"""The task of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.errors import BytesRefusedError, DataError, PluginError, UsageError
from tlzoo.files.format_number import without_format
from tlzoo.runs.files.paths import RunPaths

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.runs.run import Run
    from tlzoo.tasks import Decision, Task

__all__ = ["DAMAGED", "run_bounds", "run_decision", "said", "task_of", "task_of_arrays"]

DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Exceptions raised by reading a damaged result."""


def task_of(run: Run) -> Task | None:
    """Return the task of a finished run; None if it was trained on data for its trainer.

    Raises PluginError if no plugin has the task, BytesRefusedError for a result without classes or targets.
    """
    from tlzoo.data.lookup import has_samples
    from tlzoo.tasks import task_of_result

    found = task_of_result(run.result)
    if found is None:
        if "train" not in run.result.get("examples", {}) or not has_samples(str(run.result.get("data", ""))):
            return None
        kind = run.result.get("task")
        raise PluginError(
            f"{run.path} learned the task {kind!r}, which no installed plugin provides",
            "install the plugin that it was trained with; `tlzoo plugins list` shows plugins that cannot be used",
        )
    try:
        task = found.of_result(run.test)
    except DAMAGED as error:
        raise BytesRefusedError(f"the result of {run.path} is damaged: {said(error)}", "train again") from error
    if task is None:
        raise BytesRefusedError(f"the result of {run.path} has no classes or targets", "train again")
    return task


def run_decision(run: Run, task: Task) -> Decision:
    """Return what a finished run fitted after training, such as decision thresholds.

    Raises BytesRefusedError for a damaged file.
    """
    from tlzoo.tasks import Decision

    path = RunPaths(run.path).decision
    try:
        if not path.is_file():
            return task.tested_decision(run.test).check(task)
        return Decision.model_validate(without_format(read_json(path), str(path))).check(task)
    except DAMAGED as error:
        raise BytesRefusedError(
            f"the decision of {run.path} is damaged: {' '.join(said(error).split()):.200}", "train again"
        ) from error


def task_of_arrays(result: Mapping[str, Any]) -> str | None:
    """Return the task in a run's result whose labels in memory are not told by their form; None for others."""
    from tlzoo.tasks import task_of_result

    found = task_of_result(result)
    return None if found is None or found.output_form == "vector" else found.kind


def run_bounds(run: Run, task: Task | None, coverage: float) -> np.ndarray:
    """Return the largest nonconformity in the label sets or intervals of a coverage, float64 (columns,).

    Raises UsageError for a task without them, or a coverage that is not between 0 and 1; DataError if the run has too
    few held-out labels to promise it, or keeps no scores of them.
    """
    from tlzoo.tasks.conformal import limits

    if task is None or not task.cover_name:
        what = f"{run.path} learned {run.result.get('task')}, which has neither label sets nor intervals"
        raise UsageError(what, "leave coverage out")
    scores = run_decision(run, task).scores
    if not scores and run.result.get("examples", {}).get("validation"):
        raise DataError(
            f"{run.path} keeps no scores of its validation split, because an earlier version of tlzoo wrote it",
            "train again",
        )
    return limits(scores, coverage, str(run.path))


def said(error: Exception) -> str:
    """Return the text of an exception, with its type unless it is a ValueError."""
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
