"""Choice of samples by uncertainty and diversity."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Positions: TypeAlias = NDArray[np.int64]

__all__ = ["choose", "most_diverse", "most_uncertain"]

CANDIDATES = 10
"""The most uncertain samples that may be chosen, as a multiple of the wanted number."""

MOST_CANDIDATES = 20_000
"""The largest number of candidates: k-means compares each with every centre."""


def choose(features: NDArray[np.float32], uncertainty: NDArray[np.float64] | None, count: int, seed: int) -> Positions:
    """Return the positions of ``count`` uncertain and diverse samples, the most uncertain first.

    The ten times ``count`` most uncertain samples are clustered into ``count`` clusters by k-means, weighted by their
    uncertainty, and the sample nearest to the centre of each cluster is chosen. Method: Zhdanov 2019, Diverse
    mini-batch active learning, arXiv 1901.05954, algorithm 1.

    Args:
        features: Features of the pool, (N, D).
        uncertainty: Uncertainty of the prediction for each sample, (N,), 0 or more. None: by diversity alone.
        count: Number of samples; all samples if there are fewer.
        seed: Seed of the k-means.

    Returns:
        Positions, int64, the most uncertain first.
    """
    if uncertainty is None:
        among = np.random.default_rng(seed).permutation(len(features))[: max(count, MOST_CANDIDATES)]
        return np.sort(among[most_diverse(features[among], np.ones(len(among)), count, seed)])
    among = most_uncertain(uncertainty, max(count, min(CANDIDATES * count, MOST_CANDIDATES)))
    chosen = among[most_diverse(features[among], uncertainty[among], count, seed)]
    return chosen[most_uncertain(uncertainty[chosen], count)]


def most_uncertain(uncertainty: NDArray[np.float64], count: int) -> Positions:
    """Return the positions of the ``count`` most uncertain samples, the most uncertain first."""
    return np.argsort(-uncertainty, kind="stable")[:count]


def most_diverse(features: NDArray[np.float32], weights: NDArray[np.float64], count: int, seed: int) -> Positions:
    """Return the positions of the samples nearest to the centres of ``count`` clusters, sorted.

    Features are scaled to length 1. ``weights`` (N,) are 0 or more. If some features are equal and there are fewer
    different ones than ``count``, the remaining samples are those of the largest weight.
    """
    from sklearn.cluster import KMeans

    if count >= len(features):
        return np.arange(len(features))
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    clusters = min(count, len(np.unique(unit, axis=0)))
    positive = np.maximum(weights, 1e-6 * weights.max(initial=1e-12))
    found = KMeans(clusters, n_init=1, random_state=seed).fit(unit, sample_weight=positive)
    distances = np.linalg.norm(unit - found.cluster_centers_[found.labels_], axis=1)
    order = np.lexsort((distances, found.labels_))
    nearest = order[np.unique(found.labels_[order], return_index=True)[1]]
    others = np.setdiff1d(np.arange(len(features)), nearest)
    rest = others[most_uncertain(weights[others], count - len(nearest))]
    return np.sort(np.concatenate([nearest, rest]))
