"""Metrics of classifiers: the numbers of scikit-learn, and what to do where there is nothing to count."""

import json

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks import PlainMetrics, best_thresholds, classification_metrics, multi_label_metrics, wilson_interval
from tlzoo.tasks.metrics import metrics_json

CLASSES = ("ant", "bee", "cat")


def one_hot(predicted: list[int], classes: int = 3) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[predicted] * 0.97 + 0.01


def test_counts_rows_as_true_and_columns_as_predicted() -> None:
    metrics = classification_metrics(np.array([0, 0, 1, 2]), one_hot([0, 1, 1, 2]), CLASSES)
    assert metrics.accuracy == 0.75
    assert metrics.confusion == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert metrics.per_class["ant"].precision == 1.0
    assert metrics.per_class["ant"].recall == 0.5
    assert metrics.per_class["bee"].precision == 0.5
    assert metrics.per_class["ant"].support == 2
    assert metrics.classes == CLASSES


def test_macro_f1_is_scikit_learns_also_with_a_class_that_never_occurs() -> None:
    labels, predicted = [0, 0, 1, 1, 1], [0, 1, 1, 1, 0]
    metrics = classification_metrics(np.array(labels), one_hot(predicted), CLASSES)
    assert metrics.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert metrics.weighted_f1 == pytest.approx(f1_score(labels, predicted, average="weighted"))
    assert metrics.per_class["cat"].support == 0
    assert metrics.per_class["cat"].f1 == 0.0


def test_a_class_that_is_only_predicted_counts_against_the_macro_average() -> None:
    metrics = classification_metrics(np.array([0, 0, 1, 1]), one_hot([0, 0, 1, 2]), CLASSES)
    assert metrics.macro_f1 == pytest.approx((1.0 + 2 / 3 + 0.0) / 3)


def test_log_loss_is_the_mean_negative_logarithm_in_nats() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    metrics = classification_metrics(np.array([0, 1]), probabilities, CLASSES)
    assert metrics.log_loss == pytest.approx(-(np.log(0.5) + np.log(0.8)) / 2)


def test_a_probability_of_zero_for_the_truth_stays_finite() -> None:
    metrics = classification_metrics(np.array([0]), np.array([[0.0, 1.0, 0.0]], np.float32), CLASSES)
    assert np.isfinite(metrics.log_loss)
    assert metrics.log_loss > 30


@pytest.mark.parametrize(("correct", "low", "high"), [(0, 0.0, 0.278), (10, 0.722, 1.0), (9, 0.596, 0.982)])
def test_interval_stays_within_0_and_1_and_is_never_empty(correct: int, low: float, high: float) -> None:
    assert wilson_interval(correct, 10) == pytest.approx((low, high), abs=5e-4)


def test_json_is_plain_and_has_the_fields_that_the_command_line_promises() -> None:
    value = classification_metrics(np.array([0, 1, 2]), one_hot([0, 1, 2]), CLASSES).to_json()
    assert json.loads(json.dumps(value)) == value
    assert {"accuracy", "macro_f1", "per_class"} <= value.keys()
    assert value["per_class"]["bee"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}


@pytest.mark.parametrize(
    ("labels", "probabilities", "classes", "says"),
    [
        ([], np.zeros((0, 3)), CLASSES, "no labelled example"),
        ([0], np.ones((1, 2)), CLASSES, r"got \(1,\) and \(1, 2\)"),
        ([3], np.ones((1, 3)), CLASSES, "labels must be 0 to 2"),
        ([0], np.ones((1, 2)), ("ant", "ant"), "different names"),
    ],
)
def test_metrics_of_unsuitable_labels_or_probabilities_are_refused(
    labels: list[int], probabilities: np.ndarray, classes: tuple[str, ...], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        classification_metrics(np.array(labels, int), probabilities, classes)


def test_a_diverged_model_is_reported() -> None:
    with pytest.raises(TrainingError, match="diverged"):
        classification_metrics(np.array([0]), np.array([[np.nan, 0.5, 0.5]]), CLASSES)


def test_thresholds_are_those_of_the_best_f1_of_all() -> None:
    draw = np.random.default_rng(0)
    labels = (draw.random((200, 3)) < (0.5, 0.2, 0.05)).astype(np.float32)
    probabilities = np.clip(labels * 0.2 + draw.random((200, 3)) * 0.6, 0, 1).round(2).astype(np.float32)
    found = best_thresholds(labels, probabilities)
    for truth, rows, threshold in zip(labels.T, probabilities.T, found, strict=True):
        best = max(f1_score(truth, rows >= each) for each in np.unique(rows))
        assert f1_score(truth, rows >= threshold) == pytest.approx(best)
    metrics = multi_label_metrics(labels, probabilities, CLASSES, found)
    assert metrics.thresholds == found
    assert metrics.macro_f1 > multi_label_metrics(labels, probabilities, CLASSES).macro_f1


def test_of_thresholds_that_are_as_good_the_one_nearest_a_half_is_taken() -> None:
    labels = np.repeat([[1.0], [0.0]], 6, axis=0)
    assert best_thresholds(labels, np.repeat([[0.9], [0.2]], 6, axis=0)) == pytest.approx((0.55,))


def test_a_class_with_few_examples_keeps_a_half() -> None:
    labels = np.zeros((50, 2))
    labels[:4, 0], labels[:5, 1] = 1, 1
    probabilities = np.where(labels > 0, 0.3, 0.1)
    assert best_thresholds(labels, probabilities) == pytest.approx((0.5, 0.2))


def test_balanced_accuracy_is_scikit_learns() -> None:
    labels, predicted = [0, 0, 1, 1, 1, 1], [0, 1, 1, 1, 1, 0]
    metrics = classification_metrics(np.array(labels), one_hot(predicted), CLASSES)
    assert metrics.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert metrics.to_json()["balanced_accuracy"] == metrics.balanced_accuracy


def test_metrics_of_a_plugin_may_have_numbers_of_numpy() -> None:
    class Kappa:
        def to_json(self) -> dict[str, object]:
            return {"kappa": np.float32(0.5), "count": np.int64(3), "by_class": {"a": np.array([1, 2])}, "note": None}

    assert metrics_json(Kappa()) == {"kappa": 0.5, "count": 3, "by_class": {"a": [1, 2]}, "note": None}  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="metrics have a set, which JSON cannot represent"):
        metrics_json(PlainMetrics({"kappa": {1}}))
