"""What splits take equal shares of: classes, sets of labels, ranges of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.tasks import Classification, MultiLabel, Regression

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.data.contract import Array, Samples

_LEAST = 10
_MOST_BINS = 10


def strata_of(samples: Samples) -> Array:
    """Return which stratum each sample is in: int64 (N,), from 0.

    Classes are strata as they are. Of several labels, a set that at least ten samples have is one; samples of rarer
    sets go by their rarest label, and together where even that has less than ten of them. Targets are cut into up to
    ten ranges of equally many samples, of at least ten each; several targets by their first principal component.
    """
    match samples.task:
        case Classification():
            return samples.labels
        case MultiLabel():
            return _by_label_sets(samples.labels)
        case Regression():
            return _by_rank(_one_number(samples.labels))


def _by_label_sets(labels: NDArray[np.float32]) -> Array:
    has = labels > 0
    _, of_set, sizes = np.unique(np.packbits(has, axis=1), axis=0, return_inverse=True, return_counts=True)
    of_set = of_set.reshape(-1)
    rare = sizes[of_set] < _LEAST
    rarest = np.where(has, has.sum(axis=0), len(labels) + 1).argmin(axis=1)
    by_label = np.where(has.any(axis=1), rarest, labels.shape[1])
    few = np.bincount(by_label[rare], minlength=labels.shape[1] + 1) < _LEAST
    by_label = np.where(few[by_label], labels.shape[1] + 1, by_label)
    strata: Any = np.unique(np.where(rare, len(sizes) + by_label, of_set), return_inverse=True)[1]
    return strata.astype(np.int64)  # type: ignore[no-any-return]


def _one_number(targets: NDArray[np.float32]) -> NDArray[np.float64]:
    if targets.shape[1] == 1:
        return targets[:, 0].astype(np.float64)
    centred = targets.astype(np.float64) - targets.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    scaled = centred / np.where(deviation > 0, deviation, 1.0)
    direction = np.linalg.eigh(scaled.T @ scaled)[1][:, -1]
    number: NDArray[np.float64] = scaled @ (direction * np.sign(direction[np.abs(direction).argmax()]))
    return number


def _by_rank(numbers: NDArray[np.float64]) -> Array:
    bins = int(np.clip(len(numbers) // _LEAST, 1, _MOST_BINS))
    strata = np.empty(len(numbers), np.int64)
    strata[np.argsort(numbers, kind="stable")] = np.arange(len(numbers)) * bins // max(1, len(numbers))
    return strata
