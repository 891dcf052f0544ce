"""Outcomes of kept answers, compared with the metrics of the same samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from tlzoo.tasks import Outcomes

__all__ = ["assert_figures_are_metrics"]


def assert_figures_are_metrics(
    outcomes: Outcomes, metrics: Callable[[np.ndarray], Mapping[str, Any]], draws: np.ndarray, rows: str = "per_class"
) -> None:
    """Assert that all figures for weights of samples (draws, N) are the metrics of the samples, counted so often.

    ``metrics`` returns the JSON of the metrics of the samples at some positions; ``rows`` has those of the classes.
    """
    for weights, figures in zip(draws, outcomes.figures(draws), strict=True):
        found = metrics(np.repeat(np.arange(len(weights)), weights))
        for measure, value in zip(outcomes.measures, figures, strict=True):
            own = found if measure.row is None else found[rows][measure.row]
            assert value == pytest.approx(own[measure.name]), (measure.name, measure.row)
