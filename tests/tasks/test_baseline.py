"""What is said of a run that a constant answer equals."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.tasks import ClassificationMetrics, Compared, PlainMetrics, RegressionMetrics, classification_metrics


def metrics(answers: list[int], labels: list[int]) -> ClassificationMetrics:
    probabilities = np.eye(2)[answers] * 0.8 + 0.1
    return classification_metrics(np.array(labels), probabilities, ("bad", "good"))


@pytest.mark.parametrize(
    ("answers", "labels", "expected"),
    [
        ([1, 1, 1, 1], [1, 1, 1, 0], "test accuracy 0.750 is no better than always predicting 'good' (0.750)"),
        ([0, 0, 1, 0], [1, 1, 1, 0], "test accuracy 0.500 is no better than always predicting 'good' (0.750)"),
        ([1, 1, 1, 0], [1, 1, 1, 0], None),
        ([1, 1, 0, 1], [0, 1, 0, 1], None),
        ([1, 1], [1, 1], None),  # one class alone says nothing
    ],
)
def test_accuracy_is_compared_with_the_commonest_class(
    answers: list[int], labels: list[int], expected: str | None
) -> None:
    said = metrics(answers, labels).baseline_note("test")
    assert said is expected if expected is None else said is not None and said.startswith(expected)


@pytest.mark.parametrize(("r2", "is_said"), [(-0.1, True), (0.0, True), (0.01, False), (None, False)])
def test_numbers_are_compared_with_their_mean(r2: float | None, is_said: object) -> None:
    assert (RegressionMetrics(4, 1.0, 1.0, r2, {}).baseline_note("test") is not None) is is_said


def test_returns_have_no_such_baseline() -> None:
    assert not isinstance(PlainMetrics({"mean_return": 9.0}), Compared)
