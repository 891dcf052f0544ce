"""Read metrics from the JSON of a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from numbers import Real
from typing import TYPE_CHECKING, Any

from tlzoo.tasks.lookup import core_tasks, find_task
from tlzoo.tasks.metrics import Metrics, PlainMetrics

if TYPE_CHECKING:
    from tlzoo.tasks.contract import Task

__all__ = ["headline", "read_metrics"]

_HEADLINES = 3
_OF_TRAINERS = frozenset({"keras_metrics", "coverage", "uncalibrated"})
"""Keys that trainers add to the metrics of a task (``tlzoo.training.evaluation_json``)."""


def read_metrics(values: Mapping[str, Any], kind: str | None = None, *, plugins: bool = True) -> Metrics:
    """Return metrics from their JSON, as written by ``to_json`` of any task.

    Args:
        values: Metrics of a result, as JSON.
        kind: Kind of the task. None: tlzoo's own tasks are recognized by their JSON.
        plugins: If False, no plugin is imported, and metrics of plugin tasks are ``PlainMetrics``.

    Returns:
        The metrics; those of other trainers are ``PlainMetrics``.

    Raises:
        ValueError: If the values are damaged.
    """
    task = _task_with(values) if kind is None else find_task(kind) if plugins else core_tasks().get(kind)
    read: Callable[[Mapping[str, Any]], Metrics]
    read = PlainMetrics if task is None or _is_untested(values, task) else task.read_metrics
    try:
        found = read({name: value for name, value in values.items() if name not in _OF_TRAINERS})
        _ = found.score
        figures = tuple(chain(found.figures, *found.rows.values()))
    except Exception as error:
        raise ValueError(f"the metrics are damaged ({type(error).__name__}: {error})") from error
    for figure in figures:
        if not isinstance(figure.value, Real | None):
            raise ValueError(f"the metrics are damaged ({figure.name} is {figure.value!r:.80})")  # noqa: TRY004 - as above
    return found


def headline(values: Mapping[str, Any], kind: str | None = None, *, plugins: bool = True) -> dict[str, float | None]:
    """Return the metrics for a table of several models: the first three that are not counts.

    Args:
        values: Metrics of a result, as JSON.
        kind: Kind of the task; None if unknown.
        plugins: If False, no plugin is imported.

    Returns:
        Values by JSON name; None for undefined ones.
    """
    figures = [each for each in read_metrics(values, kind, plugins=plugins).figures if each.unit != "count"]
    return {each.name: each.value for each in figures[:_HEADLINES]}


def _is_untested(values: Mapping[str, Any], task: type[Task]) -> bool:
    """Return whether there are no metrics of this task: those of another trainer, or ``Task.untested``."""
    rows = values.get(task.rows_key)
    is_empty = isinstance(rows, Mapping) and values.keys() == {task.rows_key} and not any(rows.values())
    return task.metrics_key not in values or is_empty


def _task_with(values: Mapping[str, Any]) -> type[Task] | None:
    """Return tlzoo's own task whose metrics have this JSON."""
    return next((task for task in core_tasks().values() if task.metrics_key in values), None)
