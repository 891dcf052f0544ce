"""Losses, figures and scores of each task, against other ways to compute them."""

import math

import keras
import numpy as np
import pytest
from sklearn import metrics

from tlzoo.errors import UsageError
from tlzoo.tasks import (
    Balance,
    ClassificationCriterion,
    Criterion,
    MultiLabelCriterion,
    RegressionCriterion,
    find_task,
)
from tlzoo.tasks.standard_errors import error_by_jackknife, error_of_mean

RANDOM = np.random.default_rng(0)
LABELS = np.array([0] * 30 + [1] * 8 + [2] * 2)
LOGITS = RANDOM.normal(0, 1, (40, 3)).astype(np.float32) + np.eye(3, dtype=np.float32)[LABELS]
COUNTS = np.bincount(LABELS)
TAGS = (RANDOM.random((40, 3)) < (0.5, 0.2, 0.1)).astype(np.float32)
NUMBERS = RANDOM.normal((5, 1000), (1, 300), (40, 2)).astype(np.float32)


def classes(balance: Balance = "none") -> ClassificationCriterion:
    return ClassificationCriterion(("a", "b", "c"), COUNTS, balance)


def tags(balance: Balance = "none") -> MultiLabelCriterion:
    return MultiLabelCriterion(("x", "y", "z"), TAGS.sum(axis=0).astype(int), len(TAGS), balance)


def numbers(kind: str = "mse") -> RegressionCriterion:
    return RegressionCriterion(("p", "q"), NUMBERS.mean(axis=0), NUMBERS.std(axis=0), kind)  # type: ignore[arg-type]


def mean_loss(criterion: Criterion, labels: np.ndarray, outputs: np.ndarray) -> float:
    return float(np.mean(criterion.loss(0.0)(criterion.targets(labels), outputs)))


@pytest.mark.parametrize(
    ("criterion", "labels", "outputs"),
    [
        (classes(), LABELS, LOGITS),
        (tags(), TAGS, LOGITS),
        (numbers(), NUMBERS, LOGITS[:, :2]),
        (numbers("huber"), NUMBERS, 3 * LOGITS[:, :2]),
    ],
)
def test_the_reported_loss_is_the_training_loss(criterion: Criterion, labels: np.ndarray, outputs: np.ndarray) -> None:
    assert criterion.figures(labels, outputs)["loss"] == pytest.approx(mean_loss(criterion, labels, outputs), rel=1e-4)


@pytest.mark.parametrize(
    ("criterion", "labels", "outputs"),
    [(classes(), LABELS, LOGITS), (tags(), TAGS, LOGITS), (numbers(), NUMBERS, LOGITS[:, :2])],
)
def test_predictions_equal_those_of_the_saved_layer(
    criterion: Criterion, labels: np.ndarray, outputs: np.ndarray
) -> None:
    layer = criterion.answer_layer()
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    np.testing.assert_allclose(criterion.answers(outputs), again(outputs), rtol=1e-5)
    assert criterion.metrics(labels, criterion.answers(outputs)).to_json()["examples"] == 40


def test_balanced_classes_are_judged_by_balanced_accuracy() -> None:
    predicted = LOGITS.argmax(axis=1)
    assert classes().score(LABELS, LOGITS)[0] == pytest.approx(metrics.accuracy_score(LABELS, predicted))
    for balance in ("class-weights", "oversample", "focal", "logit-adjust"):
        score, error = classes(balance).score(LABELS, LOGITS)  # type: ignore[arg-type]
        assert score == pytest.approx(metrics.balanced_accuracy_score(LABELS, predicted))
        assert error > classes().score(LABELS, LOGITS)[1]  # of two samples of one class little is known


def test_the_focal_loss_is_that_of_its_paper() -> None:
    chosen = keras.ops.softmax(LOGITS).numpy()[np.arange(40), LABELS]
    expected = -np.square(1 - chosen) * np.log(chosen)
    found = classes("focal").loss(0.0)(classes().targets(LABELS), LOGITS)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_adjusted_logits_are_those_of_their_paper() -> None:
    adjusted = LOGITS + np.log(COUNTS / 40)
    expected = -np.log(keras.ops.softmax(adjusted).numpy()[np.arange(40), LABELS])
    found = classes("logit-adjust").loss(0.0)(classes().targets(LABELS), LOGITS)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_a_rare_label_that_applies_weighs_as_much_as_all_others_together() -> None:
    criterion = tags("class-weights")
    at_zero = criterion.loss(0.0)(criterion.targets(TAGS), np.zeros_like(TAGS))
    own = math.log(2) * np.where(TAGS > 0, 40 / criterion.counts - 1, 1)
    np.testing.assert_allclose(at_zero, own.mean(axis=1), rtol=1e-5)


def test_several_labels_are_judged_by_mean_average_precision() -> None:
    score, error = tags().score(TAGS, LOGITS)
    assert score == pytest.approx(metrics.average_precision_score(TAGS, LOGITS, average="macro"))
    assert 0.01 < error < 0.3


def test_numbers_are_judged_in_any_unit() -> None:
    good = numbers().targets(NUMBERS) + RANDOM.normal(0, 0.5, NUMBERS.shape)
    score, error = numbers().score(NUMBERS, good)
    assert score == pytest.approx(metrics.r2_score(NUMBERS, numbers().answers(good)), abs=1e-4)
    assert score - 3 * error > 0.5
    assert numbers().score(NUMBERS, np.zeros_like(good))[0] == pytest.approx(0, abs=1e-6)


def test_numbers_have_no_labels_to_smooth() -> None:
    with pytest.raises(UsageError, match="does not apply to regression"):
        numbers().loss(0.1)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = RANDOM.normal(0, 20, 400)
    found = error_by_jackknife(400, lambda left: float(values[left].mean()))
    assert found == pytest.approx(error_of_mean(values), rel=0.4)
    assert math.isnan(error_of_mean(values[:1]))


@pytest.mark.parametrize(
    ("kind", "balance", "name"),
    [
        ("classification", "none", "accuracy"),
        ("classification", "class-weights", "balanced accuracy"),
        ("multi-label", "class-weights", "mean average precision"),
        ("regression", "none", "explained variance"),
    ],
)
def test_scores_have_names(kind: str, balance: Balance, name: str) -> None:
    task = find_task(kind)
    assert task is not None
    assert task.example().score_name(balance) == name
