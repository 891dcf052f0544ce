"""Outcomes of multi-label classification: kept answers, and the figures that runs are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.tasks.outcomes import Measure, Outcomes, check_kept, f1_scores, macro_mean, ratio, weighted_means

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.outcomes import KeptAnswers

__all__ = ["average_precisions", "kept_label_sets", "label_set_outcomes"]


def kept_label_sets(labels: Labels, answers: np.ndarray, thresholds: np.ndarray) -> dict[str, np.ndarray]:
    """Return labels, predicted labels and probabilities of each sample, (N, K)."""
    return {"labels": labels > 0, "predicted": answers >= thresholds, "probabilities": answers.astype(np.float32)}


def label_set_outcomes(kept: KeptAnswers, classes: Sequence[str]) -> Outcomes:
    """Return the outcomes of these kept answers. Raises ValueError if they are damaged."""
    shape = (None, len(classes))
    truth, predicted, scores = check_kept(kept, labels=("b", shape), predicted=("b", shape), probabilities=("f", shape))
    if not len(truth) == len(predicted) == len(scores):
        raise ValueError("arrays of different lengths")
    exact = (truth == predicted).all(axis=1).astype(np.float64)
    measures = (
        Measure("mean_average_precision", "mean average precision"),
        Measure("micro_f1", "micro F1"),
        Measure("macro_f1", "macro F1"),
        Measure("exact", "all labels right", values=exact),
        *(Measure("f1", "F1", row=name) for name in classes),
        *(Measure("average_precision", "average precision", row=name) for name in classes),
    )

    def figures(weights: np.ndarray) -> np.ndarray:
        f1, precisions = f1_scores(weights, truth, predicted), average_precisions(weights, truth, scores)
        both = weights @ (truth & predicted).sum(axis=1)
        micro = ratio(2 * both, weights @ (truth.sum(axis=1) + predicted.sum(axis=1)))
        right = weighted_means(weights, exact[:, np.newaxis])[:, 0]
        overall = np.stack([macro_mean(precisions), micro, macro_mean(f1), right], axis=1)
        return np.concatenate([overall, f1, precisions], axis=1)

    def show(row: int) -> tuple[str, str]:
        own, answer = (
            ", ".join(name for name, on in zip(classes, each[row], strict=True) if on) or "none"
            for each in (truth, predicted)
        )
        return own, answer

    return Outcomes(measures, figures, (truth == predicted).mean(axis=1), predicted, show)


def average_precisions(weights: np.ndarray, truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the average precision of each class, (draws, K); NaN for a class without positive samples.

    It is the sum of the precision at each score, times the recall gained there (as in scikit-learn, without
    interpolation).

    Args:
        weights: Weights of samples (draws, N).
        truth: Whether each class applies, (N, K).
        scores: Probabilities (N, K).
    """
    found = np.full((len(weights), truth.shape[1]), np.nan)
    for at in range(truth.shape[1]):
        order = np.argsort(-scores[:, at], kind="stable")
        falling = scores[order, at]
        ends = np.append(np.flatnonzero(falling[:-1] > falling[1:]), len(falling) - 1)  # equal scores count together
        own = weights[:, order]
        positive = np.cumsum(own * truth[order, at], axis=1)[:, ends]
        precision = ratio(positive, np.cumsum(own, axis=1)[:, ends])
        gained = np.diff(positive, axis=1, prepend=0)
        found[:, at] = ratio((np.where(gained > 0, precision, 0) * gained).sum(axis=1), positive[:, -1])
    return found
