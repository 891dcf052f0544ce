"""LEEP: log-likelihood of the labels given the source's predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.scores.contract import of_predictions

if TYPE_CHECKING:
    from tlzoo.scores.contract import Labels, Predictions

__all__ = ["leep"]


@of_predictions
def leep(predictions: Predictions, labels: Labels) -> float:
    """Mean log-likelihood of the labels given the source's predictions (Nguyen et al. 2020, arXiv 2002.12462, eq. 2).

    With the predictions p(z | x) of the source classes z, LEEP = mean_i log sum_z P(y_i | z) p(z | x_i), where
    P(y | z) is the empirical conditional distribution, from P(y, z) = mean over samples of class y of p(z | x).
    """
    exact = predictions.astype(np.float64)
    _, positions = np.unique(labels, return_inverse=True)
    joint = np.zeros((positions.max() + 1, exact.shape[1]))
    np.add.at(joint, positions, exact)
    conditional = joint / np.maximum(joint.sum(axis=0, keepdims=True), 1e-300)
    likelihood = (exact * conditional[positions]).sum(axis=1)
    return float(np.log(np.maximum(likelihood, 1e-300)).mean())
