"""Outcomes of segmentation: kept pixel counts, and the figures that runs are compared by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.tasks import Measure, Outcomes, check_kept, macro_mean, ratio

if TYPE_CHECKING:
    from tlzoo.tasks import KeptAnswers

__all__ = ["kept_pixels", "pixel_outcomes"]


def kept_pixels(confusions: np.ndarray) -> dict[str, np.ndarray]:
    """Return right, true and predicted pixels of each class, (N, K), from confusion matrices (N, K, K)."""
    right, true, predicted = np.einsum("nkk->nk", confusions), confusions.sum(axis=2), confusions.sum(axis=1)
    return {name: each.astype(np.int32) for name, each in (("right", right), ("true", true), ("predicted", predicted))}


def pixel_outcomes(kept: KeptAnswers, classes: Sequence[str], show: Callable[[np.ndarray], str]) -> Outcomes:
    """Return the outcomes of these kept answers; ``show`` writes pixel counts. Raises ValueError for damage."""
    shape = (None, len(classes))
    right, true, predicted = check_kept(kept, right=("i", shape), true=("i", shape), predicted=("i", shape))
    if not len(right) == len(true) == len(predicted):
        raise ValueError("arrays of different lengths")
    if (right < 0).any() or (right > np.minimum(true, predicted)).any():
        raise ValueError("more right pixels than true or predicted ones")
    measures = (
        Measure("mean_iou", "mean IoU"),
        Measure("mean_dice", "mean Dice"),
        Measure("pixel_accuracy", "pixel accuracy"),
        *(Measure("iou", "IoU", row=name) for name in classes),
        *(Measure("dice", "Dice", row=name) for name in classes),
    )

    def figures(weights: np.ndarray) -> np.ndarray:
        hit, wanted, found = (weights @ each for each in (right, true, predicted))
        iou, dice = _iou(hit, wanted, found), np.where(wanted > 0, ratio(2 * hit, wanted + found), np.nan)
        accuracy = ratio(hit.sum(axis=1), wanted.sum(axis=1))
        return np.concatenate([np.stack([macro_mean(iou), macro_mean(dice), accuracy], axis=1), iou, dice], axis=1)

    quality = np.nan_to_num(macro_mean(_iou(right, true, predicted)), nan=1.0)  # 1 if every pixel is ignored
    keys = np.concatenate([right, predicted], axis=1)
    return Outcomes(measures, figures, quality, keys, lambda row: (show(true[row]), show(predicted[row])))


def _iou(hit: np.ndarray, wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each class; NaN for a class without true pixels."""
    return np.where(wanted > 0, ratio(hit, wanted + found - hit), np.nan)
