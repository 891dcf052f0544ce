"""What is said of a run that a constant answer equals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tlzoo.evaluation import classification_metrics
from tlzoo.runs.results.baseline import constant_baseline_note


def metrics(answers: list[int], labels: list[int]) -> dict[str, Any]:
    probabilities = np.eye(2)[answers] * 0.8 + 0.1
    return classification_metrics(np.array(labels), probabilities, ("bad", "good")).to_json()


@pytest.mark.parametrize(
    ("answers", "labels", "expected"),
    [
        ([1, 1, 1, 1], [1, 1, 1, 0], "test accuracy 0.750 is no better than always answering 'good' (0.750)"),
        ([0, 0, 1, 0], [1, 1, 1, 0], "test accuracy 0.500 is no better than always answering 'good' (0.750)"),
        ([1, 1, 1, 0], [1, 1, 1, 0], None),
        ([1, 1, 0, 1], [0, 1, 0, 1], None),
        ([1, 1], [1, 1], None),  # one class alone says nothing
    ],
)
def test_accuracy_is_compared_with_the_commonest_class(
    answers: list[int], labels: list[int], expected: str | None
) -> None:
    said = constant_baseline_note(metrics(answers, labels), "test")
    assert said is expected if expected is None else said is not None and said.startswith(expected)


@pytest.mark.parametrize(("r2", "is_said"), [(-0.1, True), (0.0, True), (0.01, False), (None, False)])
def test_numbers_are_compared_with_their_mean(r2: float | None, is_said: object) -> None:
    assert (constant_baseline_note({"r2": r2, "per_target": {}}, "test") is not None) is is_said


def test_returns_have_no_such_baseline() -> None:
    assert constant_baseline_note({"mean_return": 9.0}, "test") is None
