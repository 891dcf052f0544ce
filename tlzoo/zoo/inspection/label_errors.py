"""Labels that are likely wrong: those that a sample's neighbours in feature space do not have."""

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
    """Return the samples whose label most of their ten nearest neighbours speak against, the worst first.

    ``features`` are (N, D). Neighbours are the nearest by cosine, the sample itself left out; each counts by its
    similarity. A class is doubted where it has less than half of that weight and less than the likeliest class; a label
    of several where more than half speaks against it; a target where it is more than three standard deviations of all
    such differences off its neighbours' mean. That most neighbours have another label is a reason to look, no proof.
    """
    if len(features) <= _SHOWN:
        return ()
    nearest, weights = _neighbours(features)
    doubts = samples.task.doubts(samples.labels, nearest, weights)
    found = [_suspect(samples, each, nearest[each.row]) for each in doubts]
    return tuple(sorted(found, key=lambda each: (-each.doubt, each.index)))


def _neighbours(features: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest others of each sample and their weights, which add up to one: (N, K) both."""
    from sklearn.neighbors import NearestNeighbors

    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    count = min(_NEIGHBOURS, len(unit) - 1)
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(unit)
    distances, nearest = search.kneighbors()  # without an argument a sample is not its own neighbour
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
