"""Keras losses and metrics in place of the task's, for each task: what they see, and which are refused."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tlzoo.errors import UsageError
from tlzoo.keras_objects import KerasConfig, config_of
from tlzoo.tasks import Classification, MultiLabel, Regression, Task, TaskOptions
from tlzoo.training.keras_loss import with_keras_loss
from tlzoo.training.keras_metrics import KerasMetrics

CLASSES = Classification(("a", "b", "c"))
LABELS = MultiLabel(("a", "b", "c"))
NUMBERS = Regression(("x", "y"))
GIVEN: dict[str, np.ndarray] = {
    CLASSES.kind: np.array([0, 2, 1, 1]),
    LABELS.kind: np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]]),
    NUMBERS.kind: np.array([[10, 1], [20, 2], [30, 3], [44, 5]], np.float32),
}


def criterion(task: Task) -> Any:
    return task.criterion(GIVEN[task.kind], TaskOptions(), {})


def with_loss(task: Task, loss: Any) -> Any:
    return with_keras_loss(criterion(task), KerasConfig.model_validate(config_of(loss, "loss")), task)


def outputs(task: Task) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, task.outputs)).astype(np.float32)


LOSSES = keras.losses


@pytest.mark.parametrize(
    ("task", "loss", "sees"),
    [
        (CLASSES, LOSSES.CategoricalCrossentropy(), "answers"),
        (CLASSES, LOSSES.CategoricalCrossentropy(from_logits=True), "logits"),
        (CLASSES, LOSSES.SparseCategoricalCrossentropy(), "positions"),
        (CLASSES, LOSSES.CategoricalFocalCrossentropy(gamma=3.0), "answers"),
        (CLASSES, LOSSES.BinaryCrossentropy(), "answers"),
        (CLASSES, LOSSES.CategoricalHinge(), "answers"),
        (LABELS, LOSSES.BinaryFocalCrossentropy(), "answers"),
        (LABELS, LOSSES.BinaryCrossentropy(label_smoothing=0.1), "answers"),
        (NUMBERS, LOSSES.Huber(delta=0.5), "logits"),
        (NUMBERS, LOSSES.LogCosh(), "logits"),
    ],
)
def test_a_loss_equals_that_of_keras_on_the_expected_values(task: Task, loss: Any, sees: str) -> None:
    labels, logits, made = GIVEN[task.kind], outputs(task), with_loss(task, loss)
    own = criterion(task)
    truth = labels if sees == "positions" else own.targets(labels)
    expected = float(loss(truth, logits if sees == "logits" else own.answers(logits)))
    assert made.figures(labels, logits)["loss"] == pytest.approx(expected, rel=2e-4)
    each = np.asarray(made.loss(0.0)(made.targets(labels), logits))
    assert each.shape == (4,)
    assert each.mean() == pytest.approx(expected, rel=2e-4)
    others = {name: value for name, value in made.figures(labels, logits).items() if name != "loss"}
    assert others == {name: value for name, value in own.figures(labels, logits).items() if name != "loss"}
    assert made.score(labels, logits) == own.score(labels, logits)


@pytest.mark.parametrize(
    ("task", "loss", "said"),
    [
        (NUMBERS, LOSSES.SparseCategoricalCrossentropy(), "is for one class per sample, but the task is regression"),
        (NUMBERS, LOSSES.BinaryCrossentropy(), "is for classes, but the task is regression"),
        (LABELS, LOSSES.CategoricalCrossentropy(), "is for one class per sample, but the task is multi-label"),
        (NUMBERS, LOSSES.MeanAbsolutePercentageError(), "but targets are standardized"),
        (CLASSES, LOSSES.SparseCategoricalCrossentropy(ignore_class=1), "ignores a class"),
        (CLASSES, LOSSES.CTC(), r"does not take targets and outputs \(batch, 3\)"),
    ],
)
def test_a_loss_of_another_task_is_refused(task: Task, loss: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        with_loss(task, loss)


def test_label_smoothing_of_a_phase_is_refused_with_a_keras_loss() -> None:
    with pytest.raises(UsageError, match=r"label_smoothing=0.1, but the run has a Keras loss"):
        with_loss(CLASSES, LOSSES.CategoricalCrossentropy()).loss(0.1)


METRICS = keras.metrics


@pytest.mark.parametrize(
    ("task", "metric", "sees"),
    [
        (CLASSES, METRICS.TopKCategoricalAccuracy(2), "targets"),
        (CLASSES, METRICS.SparseTopKCategoricalAccuracy(2), "labels"),
        (LABELS, METRICS.AUC(multi_label=True), "targets"),
        (NUMBERS, METRICS.MeanSquaredError(), "labels"),
    ],
)
def test_a_metric_is_that_of_keras_on_labels_and_answers(task: Task, metric: Any, sees: str) -> None:
    labels, logits, own = GIVEN[task.kind], outputs(task), criterion(task)
    made = KerasMetrics.of([KerasConfig.model_validate(config_of(metric, "metric"))], own, task)
    metric.update_state(labels if sees == "labels" else own.targets(labels), own.answers(logits))
    expected = {metric.name: pytest.approx(float(metric.result()))}
    assert made.of_outputs(labels, logits) == expected
    made.reset()
    for half in (slice(0, 2), slice(2, 4)):
        made.update(labels[half], logits[half])
    assert made.figures() == expected


def test_a_metric_of_one_class_is_refused_for_several() -> None:
    config = KerasConfig.model_validate(config_of(METRICS.SparseCategoricalAccuracy(), "metric"))
    with pytest.raises(UsageError, match="is for one class per sample, but the task is multi-label"):
        KerasMetrics.of([config], criterion(LABELS), LABELS)


def test_accuracy_by_name_is_the_one_that_is_reported_anyway() -> None:
    configs = [KerasConfig.model_validate(KerasConfig.of_metric(name)) for name in ("accuracy", "acc")]
    assert KerasMetrics.of(configs, criterion(CLASSES), CLASSES).metrics == ()
    with pytest.raises(UsageError, match="the metric 'accuracy' is for classes"):
        KerasMetrics.of(configs, criterion(NUMBERS), NUMBERS)
