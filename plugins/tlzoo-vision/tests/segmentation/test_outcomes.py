"""Figures of kept pixel counts."""

from __future__ import annotations

import numpy as np
import pytest
from made_outcomes import assert_figures_are_metrics

from tlzoo_vision.segmentation.metrics import segmentation_metrics
from tlzoo_vision.segmentation.task import Segmentation

TASK = Segmentation(("background", "cell", "edge"))


def test_figures_are_the_metrics_of_the_counted_images() -> None:
    generator = np.random.default_rng(0)
    labels = generator.choice([0, 1, 2, 255], size=(5, 6, 6)).astype(np.uint8)
    odds = generator.random((5, 6, 6, 3)).astype(np.float32) + (labels[..., np.newaxis] == np.arange(3))
    outcomes = TASK.outcomes(TASK.kept_answers(labels, odds, None))
    weights = np.array([[1, 1, 1, 1, 1], [0, 2, 1, 0, 2]])
    assert_figures_are_metrics(
        outcomes, lambda some: segmentation_metrics(labels[some], odds[some], TASK.classes).to_json(), weights
    )
    assert outcomes.show(0)[0] == TASK.show(labels[0])


def test_impossible_counts_are_refused() -> None:
    counts = {"right": np.full((2, 3), 5), "true": np.full((2, 3), 4), "predicted": np.full((2, 3), 9)}
    with pytest.raises(ValueError, match="more right pixels"):
        TASK.outcomes(counts)
