"""Figures of kept boxes."""

from __future__ import annotations

import numpy as np
from made_outcomes import assert_figures_are_metrics

from tlzoo_vision.detection.metrics import detection_metrics
from tlzoo_vision.detection.task import Detection

TASK = Detection(("cat", "dog"))


def test_figures_are_the_metrics_of_the_counted_images() -> None:
    generator = np.random.default_rng(0)
    corners = generator.random((4, 3, 2)) * 0.5
    boxes = np.concatenate([corners, corners + 0.4], axis=2)
    kinds = generator.integers(0, 2, (4, 3, 1))
    labels = np.concatenate([boxes, kinds, np.zeros((4, 3, 1))], axis=2).astype(np.float32)
    moved = boxes + generator.normal(0, 0.03, boxes.shape)
    answers = np.concatenate([moved, generator.random((4, 3, 1)), kinds], axis=2).astype(np.float32)
    outcomes = TASK.outcomes(TASK.kept_answers(labels, answers, None))
    weights = np.array([[1, 1, 1, 1], [0, 2, 1, 1]])
    assert_figures_are_metrics(
        outcomes, lambda some: detection_metrics(labels[some], answers[some], TASK.classes).to_json(), weights
    )
    assert outcomes.show(0)[0] == TASK.show(labels[0])
    assert outcomes.keys.shape == answers.shape
