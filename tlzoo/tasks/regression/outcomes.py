"""Outcomes of regression: kept answers, and the figures that runs are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.tasks.outcomes import Measure, Outcomes, check_kept, ratio, weighted_means

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.outcomes import KeptAnswers

__all__ = ["kept_numbers", "number_outcomes"]


def kept_numbers(labels: Labels, answers: np.ndarray) -> dict[str, np.ndarray]:
    """Return true and predicted numbers of each sample, (N, T)."""
    return {"labels": labels.astype(np.float32), "predicted": answers.astype(np.float32)}


def number_outcomes(kept: KeptAnswers, targets: Sequence[str], show: Callable[[np.ndarray], str]) -> Outcomes:
    """Return the outcomes of these kept answers; ``show`` writes numbers. Raises ValueError if they are damaged."""
    shape = (None, len(targets))
    labels, predicted = check_kept(kept, labels=("f", shape), predicted=("f", shape))
    if len(labels) != len(predicted):
        raise ValueError("arrays of different lengths")
    truth, answers = labels.astype(np.float64), predicted.astype(np.float64)
    middle = truth - truth.mean(axis=0) if len(truth) else truth  # for accuracy: squares of large numbers cancel
    errors, squares = np.abs(truth - answers), np.square(truth - answers)
    rows = targets if len(targets) > 1 else ()
    measures = (
        Measure("r2", "R²", "number"),
        Measure("mae", "mean absolute error", "number", is_loss=True, values=errors.mean(axis=1)),
        Measure("rmse", "root mean squared error", "number", is_loss=True),
        *(
            Measure("mae", "MAE", "number", row=name, is_loss=True, values=errors[:, at])
            for at, name in enumerate(rows)
        ),
        *(Measure("r2", "R²", "number", row=name) for name in rows),
    )

    def figures(weights: np.ndarray) -> np.ndarray:
        mae, mse = weighted_means(weights, errors), weighted_means(weights, squares)
        variance = weighted_means(weights, np.square(middle)) - np.square(weighted_means(weights, middle))
        r2 = 1 - ratio(mse, np.where(variance > 1e-12 * np.square(middle).mean(axis=0), variance, 0))
        overall = np.stack([r2.mean(axis=1), mae.mean(axis=1), np.sqrt(mse).mean(axis=1)], axis=1)
        return np.concatenate([overall, mae, r2], axis=1) if rows else overall

    spread = np.sqrt(np.square(middle).mean(axis=0)) if len(truth) else np.ones(len(targets))
    quality = -(errors / np.where(spread > 0, spread, 1)).mean(axis=1)
    return Outcomes(measures, figures, quality, predicted, lambda row: (show(labels[row]), show(predicted[row])))
