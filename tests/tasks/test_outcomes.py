"""The figures of kept answers are the metrics of the same answers, also with weights."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tlzoo.tasks import Classification, MultiLabel, Regression, Task, TaskOptions

COUNT = 60


def drawn(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Labels and answers that agree in part."""
    generator = np.random.default_rng(0)
    noise = generator.random((COUNT, len(task.names)))
    if isinstance(task, Classification):
        labels = generator.integers(len(task.names), size=COUNT)
        odds = noise + np.eye(len(task.names))[labels]
        return labels, (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    if isinstance(task, MultiLabel):
        labels = (noise > 0.6).astype(np.float32)
        return labels, np.round(0.6 * labels + 0.4 * generator.random(noise.shape), 1).astype(np.float32)
    labels = (5 + 3 * noise).astype(np.float32)
    return labels, labels + generator.normal(size=noise.shape).astype(np.float32)


TASKS = [
    Classification(("a", "b", "c", "never")),
    MultiLabel(("a", "b", "c")),
    Regression(("x", "y")),
    Regression(("x",)),
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind} {len(task.names)}")
def test_figures_are_the_metrics_of_the_counted_samples(task: Task) -> None:
    labels, answers = drawn(task)
    weights = np.random.default_rng(1).multinomial(COUNT, np.full(COUNT, 1 / COUNT), 2)
    criterion = task.criterion(labels, TaskOptions(), {})
    outcomes = task.outcomes(task.kept_answers(labels, answers, criterion.metrics(labels, answers)))
    figures = outcomes.figures(np.concatenate([np.ones((1, COUNT)), weights]))
    for row, counts in enumerate([np.ones(COUNT, int), *weights]):
        counted = np.repeat(np.arange(COUNT), counts)
        own = criterion.metrics(labels[counted], answers[counted]).to_json()
        by_row = own[task.rows_key]
        for measure, value in zip(outcomes.measures, figures[row], strict=True):
            expected = own[measure.name] if measure.row is None else by_row[measure.row][measure.name]
            if np.isnan(value):  # a class that does not occur: scikit-learn counts it as 0
                assert (measure.row, expected) == ("never", 0)
            else:
                assert value == pytest.approx(expected, abs=1e-5), (measure.name, measure.row)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind} {len(task.names)}")
def test_means_have_their_values(task: Task) -> None:
    labels, answers = drawn(task)
    criterion = task.criterion(labels, TaskOptions(), {})
    outcomes = task.outcomes(task.kept_answers(labels, answers, criterion.metrics(labels, answers)))
    (figures,) = outcomes.figures(np.ones((1, COUNT)))
    means = [each for each in outcomes.measures if each.values is not None and len(each.values)]
    assert means
    for measure, value in zip(outcomes.measures, figures, strict=True):
        if measure in means:
            assert value == pytest.approx(measure.values.mean()), measure.name
            assert measure.samples is None or len(measure.samples) == len(measure.values)
    assert outcomes.measures[0].title == criterion.metrics(labels, answers).score.name


def test_average_precision_with_weights_is_that_of_scikit_learn() -> None:
    task = MultiLabel(("a", "b"))
    labels, answers = drawn(task)
    weights = np.random.default_rng(2).integers(0, 4, (1, COUNT)).astype(float)
    outcomes = task.outcomes({"labels": labels > 0, "predicted": answers > 0.5, "probabilities": answers})
    (figures,) = outcomes.figures(weights)
    expected = [
        metrics.average_precision_score(labels[:, at], answers[:, at], sample_weight=weights[0]) for at in range(2)
    ]
    assert figures[[each.name == "average_precision" for each in outcomes.measures]] == pytest.approx(expected)


def test_answers_are_shown_and_compared() -> None:
    task = Classification(("cat", "dog"))
    kept = task.kept_answers(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]], np.float32), None)
    outcomes = task.outcomes(kept)
    assert [outcomes.show(row) for row in range(2)] == [("cat", "cat"), ("dog", "cat")]
    assert outcomes.quality.tolist() == [1, 0]
    assert outcomes.keys.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("task", "kept"),
    [
        (Classification(("a", "b")), {}),
        (Classification(("a", "b")), {"label": [0, 2], "predicted": [0, 1], "probability": [0.5, 0.5]}),
        (Classification(("a", "b")), {"label": [0, 1], "predicted": [0, 1, 1], "probability": [0.5, 0.5]}),
        (Classification(("a", "b")), {"label": [0, 1], "predicted": [0, 1], "probability": [0.5, np.nan]}),
        (Regression(("x",)), {"labels": [[0.0, 1.0]], "predicted": [[0.0]]}),
        (MultiLabel(("a",)), {"labels": [[True]], "predicted": [[1]], "probabilities": [[0.5]]}),
    ],
)
def test_damaged_answers_are_refused(task: Task, kept: dict) -> None:
    with pytest.raises(ValueError, match=r"array|length|class"):
        task.outcomes({name: np.asarray(values) for name, values in kept.items()})
