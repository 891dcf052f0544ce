"""Reads metrics back from the JSON of a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tlzoo.evaluation.contract import Metrics, PlainMetrics
from tlzoo.evaluation.metrics import ClassificationMetrics
from tlzoo.evaluation.multi_label import MultiLabelMetrics
from tlzoo.evaluation.regression import RegressionMetrics

__all__ = ["headline", "read_metrics"]

_HEADLINES = 3
_OF_KEY: Mapping[str, Callable[[Mapping[str, Any]], Metrics]] = {
    "confusion": ClassificationMetrics.from_json,
    "mean_average_precision": MultiLabelMetrics.from_json,
    "per_target": RegressionMetrics.from_json,
}
"""The reader of each task's metrics, by a key that only their JSON has."""


def read_metrics(values: Mapping[str, Any]) -> Metrics:
    """Return the metrics that ``to_json`` of any task wrote; those of other trainers as ``PlainMetrics``.

    Raises ValueError where the values are damaged.
    """
    read: Callable[[Mapping[str, Any]], Metrics]
    read = next((read for key, read in _OF_KEY.items() if key in values), PlainMetrics)
    try:
        found = read(values)
        _ = found.score, found.figures, found.rows
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"the metrics are damaged ({type(error).__name__}: {error})") from error
    return found


def headline(values: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the figures for a table of several models, by their names in JSON: the first three that are no counts."""
    figures = [each for each in read_metrics(values).figures if each.unit != "count"]
    return {each.name: each.value for each in figures[:_HEADLINES]}
