"""Which predictions a report shows, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Task
    from tlzoo.evaluation import Prediction
    from tlzoo.training import Evaluation

__all__ = ["example_predictions"]

_SHOWN = 12


def example_predictions(data: Dataset, test: Evaluation) -> tuple[tuple[Prediction, ...], tuple[Prediction, ...]]:
    """Return a few predictions, evenly spread over the test split, and the most wrong ones."""
    labels, answers = test.labels, test.answers
    if labels is None or answers is None:
        return (), ()
    spread = np.unique(np.linspace(0, len(labels) - 1, _SHOWN).astype(int))
    thresholds = np.array(getattr(test.metrics, "thresholds", 1 / 2))  # of several labels
    wrong, badness = _wrong(data, labels, answers, thresholds)
    worst = wrong[np.argsort(-badness, kind="stable")[:_SHOWN]]
    shown, most_wrong = (_shown(data, rows, labels, answers, thresholds) for rows in (spread, worst))
    return shown, most_wrong


def _wrong(
    data: Dataset, labels: np.ndarray, answers: np.ndarray, thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which predictions are wrong, and how much so."""
    match data.task.kind:
        case "classification":
            wrong = np.flatnonzero(answers.argmax(axis=1) != labels)
            return wrong, -answers[wrong, labels[wrong]]
        case "multi-label":
            wrong = np.flatnonzero(((answers >= thresholds) != (labels > 0)).any(axis=1))
            return wrong, np.abs(answers[wrong] - labels[wrong]).max(axis=1)
        case "regression":
            spread = data.labels[data.train].std(axis=0, dtype=np.float64)
            errors = np.abs(answers - labels) / np.where(spread > 0, spread, 1)
            return np.arange(len(labels)), errors.mean(axis=1)


def _shown(
    data: Dataset, rows: np.ndarray, labels: np.ndarray, answers: np.ndarray, thresholds: np.ndarray
) -> tuple[Prediction, ...]:
    from tlzoo.evaluation import Prediction

    if not len(rows):
        return ()
    positions = data.test[rows]
    seen = [{}] * len(rows) if data.examples.modality == "rl" else list(map(_seen, data.examples.stream(positions)))
    return tuple(
        Prediction(
            input=data.examples.name(int(position)),
            truth=data.task.show(labels[row]),
            **_said(data.task, answers[row], thresholds),
            **own,
        )
        for row, position, own in zip(rows, positions, seen, strict=True)
    )


def _said(task: Task, answer: np.ndarray, thresholds: np.ndarray) -> dict[str, Any]:
    match task.kind:
        case "classification":
            return {"label": task.names[int(answer.argmax())], "probability": float(answer.max())}
        case "multi-label":
            return {"label": task.show(answer >= thresholds), "probability": None}
        case "regression":
            return {"label": task.show(answer), "probability": None, "judged": False}


def _seen(raw: Any) -> dict[str, Any]:
    """Return what a reader sees of one raw input: a picture, or the lines of its texts."""
    value = raw.numpy()
    if raw.dtype.name != "string":
        return {"image": value}
    return {"text": "\n".join(part.decode("utf-8", "replace") for part in np.atleast_1d(value))}
