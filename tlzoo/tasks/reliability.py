"""Expected calibration error: how far probabilities are from frequencies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Reliability", "ReliabilityBin", "reliability"]

_BINS = 15
_FEWEST = 20
"""Fewest probabilities in a bin."""
_DRAWS = 200
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Probabilities of about equal size: their mean, the share that came true, and their number."""

    probability: float
    frequency: float
    examples: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """The expected calibration error, its 95 % interval, and the bins that it is computed from.

    >>> reliability(np.full((100, 1), 0.9), np.arange(100)[:, np.newaxis] < 70).error
    0.2
    """

    error: float = math.nan
    interval: tuple[float, float] = (math.nan, math.nan)
    bins: tuple[ReliabilityBin, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the keys of a task's metrics."""
        bins = [{name: getattr(each, name) for name in ReliabilityBin.__slots__} for each in self.bins]
        return {"calibration_error": self.error, "calibration_interval": list(self.interval), "reliability": bins}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reliability:
        """Return the value of ``to_json``; NaN for metrics of an earlier version, which have none."""
        if values.get("calibration_error") is None:
            return cls()
        low, high = values["calibration_interval"]
        bins = tuple(ReliabilityBin(**each) for each in values["reliability"])
        return cls(values["calibration_error"], (low, high), bins)


def reliability(probabilities: np.ndarray, came_true: np.ndarray) -> Reliability:
    """Return the expected calibration error of probabilities (N, K) of events, which came true or not, (N, K).

    The error is the mean over probabilities of the distance between the mean probability and the frequency of their bin
    (Guo et al. 2017, arXiv 1706.04599, eq. 3). Bins have equal mass: 15, or fewer with at least 20 probabilities each;
    equal probabilities share a bin. The interval is a bootstrap over the N samples. It is pivotal, because the error of
    few samples is too large on average, and that of their bootstrap samples even more. Its lower limit is 0 if
    probabilities that are right have such an error in more than 1 of 40 draws of outcomes; its upper limit is at least
    the error.
    """
    shares, outcomes = np.asarray(probabilities, np.float64), np.asarray(came_true, np.float64)
    number = max(1, min(_BINS, shares.size // _FEWEST))
    edges = np.unique(np.quantile(shares, np.arange(1, number) / number))
    place = np.searchsorted(edges, shares, side="right")
    counts = np.bincount(place.ravel(), minlength=len(edges) + 1)
    gaps = np.zeros((len(shares), len(counts)))  # of each sample, in each bin
    np.add.at(gaps, (np.arange(len(shares))[:, np.newaxis], place), outcomes - shares)
    error = float(np.abs(gaps.sum(axis=0)).sum() / shares.size)
    low, high = _interval(error, gaps, shares, place)
    sums = (np.bincount(place.ravel(), weights=each.ravel(), minlength=len(counts)) for each in (shares, outcomes))
    means = [each[counts > 0] / counts[counts > 0] for each in sums]
    bins = tuple(ReliabilityBin(float(a), float(b), int(c)) for a, b, c in zip(*means, counts[counts > 0], strict=True))
    return Reliability(error, (low, high), bins)


def _interval(error: float, gaps: np.ndarray, shares: np.ndarray, place: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of an error; ``gaps`` (N, bins) are outcomes minus probabilities (N, K) in ``place``."""
    random, count = np.random.default_rng(0), len(gaps)
    drawn, of_right = [], []
    for _ in range(_DRAWS):
        times = np.bincount(random.integers(count, size=count), minlength=count)
        drawn.append(np.abs(times @ gaps).sum() / shares.size)
        outcomes = random.random(shares.shape) < shares
        sums = np.bincount(place.ravel(), weights=(outcomes - shares).ravel())
        of_right.append(np.abs(sums).sum() / shares.size)
    lower, upper = np.quantile(drawn, (_TAIL, 1 - _TAIL))
    low = 0.0 if error <= np.quantile(of_right, 1 - _TAIL) else max(0.0, 2 * error - float(upper))
    return low, max(error, 2 * error - float(lower))
