"""Strata of samples with several labels: common sets of labels, and rare labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.tasks.contract import Positions
    from tlzoo.tasks.label_rows import Labels

__all__ = ["strata_of_label_sets"]

_LEAST = 10


def strata_of_label_sets(labels: Labels) -> Positions:
    """Return the stratum of each sample: int64 (N,), from 0.

    A set of labels of at least ten samples is a stratum. Samples with rarer sets are grouped by their rarest label,
    or all together if a group has fewer than ten samples.
    """
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
