"""Labels that are likely wrong: those that a sample's neighbours in feature space do not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data import Classification, MultiLabel, Regression, Suspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tlzoo.data import Samples

__all__ = ["likely_label_errors"]

_NEIGHBOURS = 10
_SHOWN = 3
_DEVIATIONS = 3.0
_DOUBTED = 0.5


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
    found = sorted(_doubted(samples, nearest, weights), key=lambda each: (-each.doubt, each.index))
    return tuple(found)


def _neighbours(features: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest others of each sample and their weights, which add up to one: (N, K) both."""
    from sklearn.neighbors import NearestNeighbors

    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    count = min(_NEIGHBOURS, len(unit) - 1)
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(unit)
    distances, nearest = search.kneighbors()  # without an argument a sample is not its own neighbour
    similarity = np.maximum(1 - distances.astype(np.float64) ** 2 / 2, 0) + 1e-6
    return nearest, similarity / similarity.sum(axis=1, keepdims=True)


def _doubted(samples: Samples, nearest: NDArray[np.int64], weights: NDArray[np.float64]) -> Iterator[Suspect]:
    match samples.task:
        case Classification(classes=classes):
            votes = np.zeros((len(nearest), len(classes)))
            rows = np.arange(len(nearest))
            np.add.at(votes, (rows[:, np.newaxis], samples.labels[nearest]), weights)
            own, likeliest = votes[rows, samples.labels], votes.argmax(axis=1)
            for row in np.flatnonzero((own < _DOUBTED) & (likeliest != samples.labels)):
                yield _suspect(samples, int(row), likeliest[row], 1 - own[row], nearest[row])
        case MultiLabel():
            expected = np.einsum("nk,nkc->nc", weights, samples.labels[nearest].astype(np.float64))
            against = np.abs(expected - samples.labels)
            for row in np.flatnonzero(against.max(axis=1) > _DOUBTED):
                yield _suspect(samples, int(row), expected[row] > _DOUBTED, against[row].max(), nearest[row])
        case Regression():
            expected = np.einsum("nk,nkt->nt", weights, samples.labels[nearest].astype(np.float64))
            off = samples.labels - expected
            deviations = np.abs(off) / np.maximum(off.std(axis=0), 1e-12)
            for row in np.flatnonzero(deviations.max(axis=1) > _DEVIATIONS):
                yield _suspect(samples, int(row), expected[row], deviations[row].max(), nearest[row])


def _suspect(samples: Samples, row: int, suggested: Any, doubt: float, nearest: NDArray[np.int64]) -> Suspect:
    task = samples.task
    return Suspect(
        sample=samples.examples.name(row),
        index=row,
        label=task.show(samples.labels[row]),
        suggested=task.show(suggested),
        doubt=round(float(doubt), 4),
        neighbours=tuple(samples.examples.name(int(each)) for each in nearest[:_SHOWN]),
    )
