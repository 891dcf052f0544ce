"""Strata of numbers: ranges with about the same number of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.tasks.contract import Positions
    from tlzoo.tasks.label_rows import Labels

__all__ = ["strata_of_numbers"]

_LEAST = 10
_MOST_BINS = 10


def strata_of_numbers(labels: Labels) -> Positions:
    """Return the range of each sample: int64 (N,), from 0.

    There are up to ten ranges with about the same number of samples, at least ten. Several targets are divided along
    their first principal component.
    """
    numbers = _one_number(labels)
    bins = int(np.clip(len(numbers) // _LEAST, 1, _MOST_BINS))
    strata = np.empty(len(numbers), np.int64)
    strata[np.argsort(numbers, kind="stable")] = np.arange(len(numbers)) * bins // max(1, len(numbers))
    return strata


def _one_number(targets: NDArray[np.float32]) -> NDArray[np.float64]:
    if targets.shape[1] == 1:
        return targets[:, 0].astype(np.float64)
    centred = targets.astype(np.float64) - targets.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    scaled = centred / np.where(deviation > 0, deviation, 1.0)
    direction = np.linalg.eigh(scaled.T @ scaled)[1][:, -1]
    number: NDArray[np.float64] = scaled @ (direction * np.sign(direction[np.abs(direction).argmax()]))
    return number
