"""The H-score with shrunk covariances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.scores.contract import Features, Labels

__all__ = ["h_score"]


def h_score(features: Features, labels: Labels) -> float:
    """Between-class variance in the whitened feature space, regularised (Ibrahim et al. 2022, arXiv 2110.06893, eq. 7).

    H = (1 - a) tr(C^-1 Cz), of the covariance C of features, shrunk by Ledoit and Wolf's a towards a multiple of the
    identity, and the covariance Cz of their class means (Bao et al. 2019). In the raw H-score a large D makes C
    singular.
    """
    from sklearn.covariance import ledoit_wolf

    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    classes, positions, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros((len(classes), features.shape[1]))
    np.add.at(sums, positions, centred)
    scaled = sums / np.sqrt(counts)[:, None]  # the sum of their products is N times the covariance of class means
    solved = np.linalg.solve(covariance, scaled.T)
    return float((1 - shrinkage) * (scaled.T * solved).sum() / len(labels))
