"""Outcomes of detection: kept boxes, and the figures that runs are compared by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.tasks import Measure, Outcomes, check_kept

from .average_precision import average_precisions, class_means, matches
from .boxes import CLASS, COLUMNS

if TYPE_CHECKING:
    from tlzoo.tasks import KeptAnswers

__all__ = ["box_outcomes", "kept_boxes"]

_KIND = 5
_HALF, _THREE_QUARTERS = 0, 5
"""The positions of the thresholds 0.5 and 0.75."""


def kept_boxes(labels: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
    """Return true boxes (N, M, 6) and detections (N, K, 6)."""
    return {"labels": labels.astype(np.float32), "answers": answers.astype(np.float32)}


def box_outcomes(
    kept: KeptAnswers,
    classes: Sequence[str],
    show: Callable[[np.ndarray, np.ndarray], tuple[str, str]],
    quality: Callable[[np.ndarray, np.ndarray], float | None],
) -> Outcomes:
    """Return the outcomes of these kept answers. Raises ValueError if they are damaged.

    ``show`` writes the true and the detected boxes of an image; ``quality`` says how good they are, or None.
    """
    shape = (None, None, COLUMNS)
    labels, answers = check_kept(kept, labels=("f", shape), answers=("f", shape))
    if len(labels) != len(answers):
        raise ValueError("arrays of different lengths")
    if max(labels[..., CLASS].max(initial=-1), answers[..., _KIND].max(initial=-1)) >= len(classes):
        raise ValueError(f"class indices beyond the {len(classes)} classes")
    found = matches(labels, answers, len(classes))
    measures = (
        Measure("map", "mAP"),
        Measure("map_50", "AP50"),
        Measure("map_75", "AP75"),
        *(Measure("ap", "AP", row=name) for name in classes),
        *(Measure("ap_50", "AP50", row=name) for name in classes),
    )

    def figures(weights: np.ndarray) -> np.ndarray:
        precisions = np.array([[average_precisions(each, own) for each in found] for own in weights])
        means = class_means(list(precisions.transpose(1, 0, 2)))
        overall = np.stack([means.mean(axis=1), means[:, _HALF], means[:, _THREE_QUARTERS]], axis=1)
        return np.concatenate([overall, precisions.mean(axis=2), precisions[..., _HALF]], axis=1)

    qualities = [quality(*each) for each in zip(labels, answers, strict=True)]
    return Outcomes(
        measures,
        figures,
        np.array([1.0 if each is None else each for each in qualities]),
        answers,
        lambda row: show(labels[row], answers[row]),
    )
