"""Outcomes of classification: kept answers, and the figures that runs are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.tasks.outcomes import Measure, Outcomes, check_kept, class_sums, macro_mean, ratio, weighted_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.outcomes import KeptAnswers

__all__ = ["class_outcomes", "kept_classes"]


def kept_classes(labels: Labels, answers: np.ndarray) -> dict[str, np.ndarray]:
    """Return label and predicted class (N,) of each sample, and the probability of its label (N,)."""
    return {
        "label": labels.astype(np.int32),
        "predicted": answers.argmax(axis=1).astype(np.int32),
        "probability": answers[np.arange(len(labels)), labels].astype(np.float32),
    }


def class_outcomes(kept: KeptAnswers, classes: Sequence[str]) -> Outcomes:
    """Return the outcomes of these kept answers. Raises ValueError if they are damaged."""
    label, predicted, probability = check_kept(
        kept, label=("i", (None,)), predicted=("i", (None,)), probability=("f", (None,))
    )
    if not len(label) == len(predicted) == len(probability):
        raise ValueError("arrays of different lengths")
    both = np.concatenate([label, predicted])
    if not 0 <= both.min(initial=0) <= both.max(initial=0) < len(classes):
        raise ValueError(f"class indices beyond the {len(classes)} classes")
    right = (label == predicted).astype(np.float64)
    surprise = -np.log(np.clip(probability.astype(np.float64), np.finfo(np.float32).tiny, 1))
    hits = np.where(label == predicted, label, -1)
    members = [np.flatnonzero(label == at) for at in range(len(classes))]
    measures = (
        Measure("accuracy", "accuracy", values=right),
        Measure("balanced_accuracy", "balanced accuracy"),
        Measure("macro_f1", "macro F1"),
        Measure("log_loss", "log loss", "number", is_loss=True, values=surprise),
        *(
            Measure("recall", "recall", row=name, values=right[own], samples=own)
            for name, own in zip(classes, members, strict=True)
        ),
        *(Measure("f1", "F1", row=name) for name in classes),
    )

    def figures(weights: np.ndarray) -> np.ndarray:
        hit, true, found = (class_sums(weights, each, len(classes)) for each in (hits, label, predicted))
        recalls, f1 = ratio(hit, true), ratio(2 * hit, true + found)
        means = weighted_means(weights, np.stack([right, surprise], axis=1))
        overall = (means[:, 0], macro_mean(recalls), macro_mean(f1), means[:, 1])
        return np.concatenate([np.stack(overall, axis=1), recalls, f1], axis=1)

    return Outcomes(measures, figures, right, predicted, lambda row: (classes[label[row]], classes[predicted[row]]))
