"""Example predictions of a report."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from tlzoo.data import Dataset
    from tlzoo.evaluation import Prediction
    from tlzoo.tasks import Task
    from tlzoo.training import Evaluation

__all__ = ["example_predictions"]

_SHOWN = 12


def example_predictions(data: Dataset, test: Evaluation) -> tuple[tuple[Prediction, ...], tuple[Prediction, ...]]:
    """Return a few predictions, evenly spread over the test split, and the worst errors."""
    labels, answers = test.labels, test.answers
    if labels is None or answers is None:
        return (), ()
    spread = np.unique(np.linspace(0, len(labels) - 1, _SHOWN).astype(int))
    wrong, badness = data.task.mistakes(labels, answers, test.metrics, data.labels[data.train])
    worst = wrong[np.argsort(-badness, kind="stable")[:_SHOWN]]
    shown, most_wrong = (_shown(data, rows, test) for rows in (spread, worst))
    return shown, most_wrong


def _shown(data: Dataset, rows: np.ndarray, test: Evaluation) -> tuple[Prediction, ...]:
    from tlzoo.evaluation import Prediction

    labels, answers = test.labels, test.answers
    if not len(rows) or labels is None or answers is None:
        return ()
    positions = data.test[rows]
    seen = map(require_modality(data.examples.modality).glimpse, data.examples.stream(positions))
    return tuple(
        Prediction(
            input=data.examples.name(int(position)),
            truth=data.task.show(labels[row]),
            **asdict(data.task.describe_example(labels[row], answers[row], test.metrics)),
            image=_picture(data.task, glimpse.image, labels[row], answers[row]),
            text="\n".join(glimpse.texts) if glimpse.texts else None,
            facts=glimpse.facts,
            pieces=data.task.text_pieces(labels[row], answers[row]),
        )
        for row, position, glimpse in zip(rows, positions, seen, strict=True)
    )


def _picture(task: Task, image: np.ndarray | None, label: Any, answer: np.ndarray) -> np.ndarray | None:
    return None if image is None else task.picture(image, label, answer)
