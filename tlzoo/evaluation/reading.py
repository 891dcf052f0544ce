"""Reading metrics from the JSON of a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tlzoo.tasks.lookup import core_tasks, find_task
from tlzoo.tasks.metrics import Metrics, PlainMetrics

__all__ = ["headline", "read_metrics"]

_HEADLINES = 3


def read_metrics(values: Mapping[str, Any], kind: str | None = None) -> Metrics:
    """Return the metrics that ``to_json`` of any task wrote; those of other trainers as ``PlainMetrics``.

    ``kind`` is the task of the result. Without it, only tasks of tlzoo itself are recognized, by their JSON. Raises
    ValueError if the values are damaged.
    """
    read = _reader(values, kind)
    try:
        found = read(values)
        _ = found.score, found.figures, found.rows
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"the metrics are damaged ({type(error).__name__}: {error})") from error
    return found


def headline(values: Mapping[str, Any], kind: str | None = None) -> dict[str, float | None]:
    """Return the figures for a table of several models, by their names in JSON: the first three that are no counts."""
    figures = [each for each in read_metrics(values, kind).figures if each.unit != "count"]
    return {each.name: each.value for each in figures[:_HEADLINES]}


def _reader(values: Mapping[str, Any], kind: str | None) -> Callable[[Mapping[str, Any]], Metrics]:
    tasks = core_tasks().values()
    own = next((task for task in tasks if task.metrics_key in values), None)
    if own is None and kind is not None:
        found = find_task(kind)
        own = found if found is not None and found.metrics_key in values else None
    return PlainMetrics if own is None else own.read_metrics
