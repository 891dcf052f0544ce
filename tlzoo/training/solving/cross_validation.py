"""Folds of the training split to choose a penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training.seeds import generator

if TYPE_CHECKING:
    from tlzoo.data import Dataset

__all__ = ["ENOUGH", "FOLDS", "folds_of"]

ENOUGH = 5_000
"""Largest number of samples to choose a penalty with."""

FOLDS = 5
"""Number of folds to choose a penalty with."""

_LEAST = 2


def folds_of(data: Dataset, seed: int, position: int, count: int = FOLDS) -> tuple[np.ndarray, np.ndarray] | None:
    """Return positions in the training split (M,) and the fold of each (M,), of ``count``; None for too few samples.

    Folds have about equal shares of every class, set of labels or range of targets; groups stay together. Of more than
    5,000 samples, 5,000 are drawn: the penalty relative to one sample does not depend on their number.
    """
    random = generator(seed, position, "folds")
    strata = data.task.strata(data.labels)[data.train]
    order = random.permutation(len(strata))[:ENOUGH]
    groups = data.samples.groups
    if len(strata) < _LEAST * len(np.unique(strata)):
        return None
    if groups is not None:
        own = groups[data.train][order]
        return (order, _by_group(own, count)) if len(np.unique(own)) >= _LEAST else None
    order = order[np.argsort(strata[order], kind="stable")]
    return order, np.arange(len(order)) % count


def _by_group(groups: np.ndarray, count: int) -> np.ndarray:
    """Return a fold for each sample: whole groups, the largest first, each into the fold with the fewest samples."""
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    filled = np.zeros(count, np.int64)
    fold_of = np.empty(len(sizes), np.int64)
    for number in np.argsort(-sizes, kind="stable"):
        fold_of[number] = filled.argmin()
        filled[fold_of[number]] += sizes[number]
    return fold_of[group.reshape(-1)]
