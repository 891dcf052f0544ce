"""Choice of samples that are uncertain and different from each other."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Positions: TypeAlias = NDArray[np.int64]

__all__ = ["by_diversity", "by_gradients"]

_MOST_COMPARED = 1_000_000
"""Samples times clusters of k-means on all samples at once."""


def by_gradients(
    features: NDArray[np.float32],
    gradients: NDArray[np.floating],
    count: int,
    seed: int,
    advance: Callable[[int], None] = lambda _done: None,
) -> Positions:
    """Return the positions of ``count`` samples whose labels would change a linear head most, and in different ways.

    The gradient of a linear head's weights is the outer product of the loss's gradient by the outputs and of the
    features, with the predicted label as the label. It is long for uncertain predictions. The samples are drawn as the
    initial centres of greedy k-means++ on these gradients: some candidates with a probability proportional to their
    squared distance from the nearest chosen one, and of these the one after which all distances are smallest. Method:
    BADGE, Ash et al. 2020, arXiv 1906.03671, algorithm 1; greedy: Arthur and Vassilvitskii 2007, section 5.

    Args:
        features: Features of the pool, (N, D).
        gradients: Gradients by the outputs, (N, K).
        count: Number of samples; all samples if there are fewer.
        seed: Seed of the draws.
        advance: Receives 1 after each draw.

    Returns:
        Positions, int64 (``count``,), in the order of the draws.
    """
    draw = np.random.default_rng(seed)
    count = min(count, len(features))
    trials = 2 + int(np.log(max(count, 1)))
    x, g = features.astype(np.float32, copy=False), gradients.astype(np.float32)
    lengths = np.square(x).sum(axis=1, dtype=np.float64) * np.square(g).sum(axis=1, dtype=np.float64)
    distances = lengths.copy()  # at first from zero: the gradient of what the head has learned
    chosen: list[int] = []
    while len(chosen) < count:
        distances[chosen] = 0
        total = distances.sum()
        if total <= 0:  # all others equal a chosen one
            others = np.setdiff1d(np.arange(len(x)), chosen)
            return np.array([*chosen, *draw.permutation(others)[: count - len(chosen)]], np.int64)
        drawn = draw.choice(len(x), trials, p=distances / total)
        products = (x @ x[drawn].T) * (g @ g[drawn].T)  # of the outer products, which are never built
        nearer = np.minimum(
            distances[:, np.newaxis], np.maximum(lengths[:, np.newaxis] + lengths[drawn] - 2 * products, 0)
        )
        best = int(nearer.sum(axis=0).argmin())
        chosen.append(int(drawn[best]))
        advance(1)
        distances = nearer[:, best]
    return np.array(chosen, np.int64)


def by_diversity(features: NDArray[np.float32], count: int, seed: int) -> Positions:
    """Return the positions of ``count`` samples that represent the pool, sorted.

    Features are scaled to length 1 and clustered by k-means, on batches if there are many; the sample nearest to each
    centre is chosen. If the pool has fewer different features than ``count``, the first of the others are added.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    if count >= len(features):
        return np.arange(len(features))
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of equal features
        kind = KMeans if len(unit) * count <= _MOST_COMPARED else MiniBatchKMeans
        found = kind(count, n_init=1, random_state=seed).fit(unit)
    distances = np.linalg.norm(unit - found.cluster_centers_[found.labels_], axis=1)
    order = np.lexsort((distances, found.labels_))
    nearest = order[np.unique(found.labels_[order], return_index=True)[1]]
    others = np.setdiff1d(np.arange(len(unit)), nearest)[: count - len(nearest)]
    return np.sort(np.concatenate([nearest, others]))
