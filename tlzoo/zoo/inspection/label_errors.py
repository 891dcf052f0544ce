"""Detection of likely wrong labels, from neighbours in feature space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data import Suspect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.data import Samples
    from tlzoo.tasks import Doubt

__all__ = ["likely_label_errors"]

_NEIGHBOURS = 10
_SHOWN = 3


def likely_label_errors(samples: Samples, features: NDArray[np.float32]) -> tuple[Suspect, ...]:
    """Return the samples with labels that most of their ten nearest neighbours contradict, worst first.

    ``features`` are (N, D). Neighbours are the nearest other samples by cosine, weighted by similarity. A class is
    doubtful if it has less than half of the weight and less than the most likely class. A label of several is doubtful
    if more than half of the weight contradicts it. A target is doubtful if it differs from its neighbours' mean by more
    than three standard deviations of all such differences. A different label of neighbours is a hint, not a proof.
    """
    if len(features) <= _SHOWN:
        return ()
    nearest, weights = _neighbours(features)
    doubts = samples.task.doubts(samples.labels, nearest, weights)
    found = [_suspect(samples, each, nearest[each.row]) for each in doubts]
    return tuple(sorted(found, key=lambda each: (-each.doubt, each.index)))


def _neighbours(features: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest other samples of each sample, and their weights, which sum to one: both (N, K)."""
    from sklearn.neighbors import NearestNeighbors

    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    count = min(_NEIGHBOURS, len(unit) - 1)
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(unit)
    distances, nearest = search.kneighbors()  # without an argument, a sample is not its own neighbour
    similarity = np.maximum(1 - distances.astype(np.float64) ** 2 / 2, 0) + 1e-6
    return nearest, similarity / similarity.sum(axis=1, keepdims=True)


def _suspect(samples: Samples, doubt: Doubt, nearest: NDArray[np.int64]) -> Suspect:
    task, row = samples.task, doubt.row
    return Suspect(
        sample=samples.examples.name(row),
        index=row,
        label=task.show(samples.labels[row]),
        suggested=task.show(doubt.suggested),
        doubt=round(float(doubt.amount), 4),
        neighbours=tuple(samples.examples.name(int(each)) for each in nearest[:_SHOWN]),
    )
