"""Confidence intervals of figures from a few runs."""

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
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def interquartile_mean(values: Any) -> Any:
    """Return the mean of the middle half over the last axis, (…, runs) to (…).

    As in Agarwal et al. 2021 (arXiv 2108.13264, section 4.3): a quarter at each end, rounded down, is excluded.
    """
    ordered = np.sort(np.asarray(values, np.float64), axis=-1)
    out = int(ordered.shape[-1] * _QUARTER)
    return ordered[..., out : ordered.shape[-1] - out].mean(axis=-1)


def estimate(figure: Callable[[Any, Any], Any], transfer: np.ndarray, scratch: np.ndarray, seed: int = 0) -> Estimate:
    """Return a figure of two groups of runs with its percentile bootstrap interval, resampled within each group.

    The groups are (runs, …); ``figure`` takes them with more axes before that of the runs. The bootstrap is that of
    arXiv 2108.13264, section 4.1. With three runs it may be too narrow by chance; with one run it does not exist.
    """
    random = np.random.default_rng(seed)
    drawn = [each[random.integers(len(each), size=(_RESAMPLED, len(each)))] for each in (transfer, scratch)]
    low, high = np.percentile(figure(*drawn), [2.5, 97.5])
    return Estimate(float(figure(transfer, scratch)), float(low), float(high))
