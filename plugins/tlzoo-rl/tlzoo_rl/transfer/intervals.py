"""Figures of a few runs, with how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Estimate", "estimate", "interquartile_mean"]

_RESAMPLED = 2000
_QUARTER = 0.25


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def interquartile_mean(values: Any) -> Any:
    """Return the mean of the middle half over the last axis, (…, runs) to (…).

    That of Agarwal et al. 2021 (arXiv 2108.13264, section 4.3): a quarter at each end, rounded down, is left out.
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=-1)
    out = int(ordered.shape[-1] * _QUARTER)
    return ordered[..., out : ordered.shape[-1] - out].mean(axis=-1)


def estimate(figure: Callable[[Any, Any], Any], transfer: np.ndarray, scratch: np.ndarray, seed: int = 0) -> Estimate:
    """Return a figure of two groups of runs with its percentile bootstrap interval, runs drawn again within each group.

    The groups are (runs, …); ``figure`` takes them with more axes before that of the runs. The bootstrap is that of
    arXiv 2108.13264, section 4.1; with three runs it is narrow by chance, with one there is none.
    """
    random = np.random.default_rng(seed)
    drawn = [each[random.integers(len(each), size=(_RESAMPLED, len(each)))] for each in (transfer, scratch)]
    low, high = np.percentile(figure(*drawn), [2.5, 97.5])
    return Estimate(float(figure(transfer, scratch)), float(low), float(high))
