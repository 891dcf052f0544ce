"""Standard errors of scores, to decide whether two phases differ."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["error_by_jackknife", "error_of_mean", "error_of_shares"]

_GROUPS = 20


def error_of_shares(shares: np.ndarray, counts: np.ndarray) -> float:
    """Return the standard error of the mean of shares (K,), each with its number of samples.

    Two successes and two failures are added to each, so that a perfect score keeps an uncertainty (Agresti and
    Coull 1998).
    """
    smoothed = (shares * counts + 2) / (counts + 4)
    return math.sqrt(float((smoothed * (1 - smoothed) / (counts + 4)).sum())) / len(shares)


def error_of_mean(values: np.ndarray) -> float:
    """Return the standard error of the mean of values (N,); NaN for a single value, which decides nothing."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def error_by_jackknife(count: int, score: Callable[[np.ndarray], float]) -> float:
    """Return the standard error of a score of ``count`` samples that is not a mean, with a jackknife over 20 groups.

    ``score`` takes the positions of the remaining samples. The delete-a-group jackknife is the root of (g - 1) / g
    times the sum of squares about the mean of g scores. The minimum is that of a perfect share of as many samples.
    """
    positions = np.arange(count)
    groups = min(_GROUPS, count)
    scores = np.array([score(positions[positions % groups != group]) for group in range(groups)])
    spread = math.sqrt((groups - 1) / groups * float(np.square(scores - scores.mean()).sum()))
    return max(spread, error_of_shares(np.ones(1), np.array([count])))


def wilson_interval(correct: float, examples: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927), 95 % for the default ``z``, also valid near 0 and 1.

    >>> low, high = wilson_interval(9, 10)
    >>> round(low, 3), round(high, 3)
    (0.596, 0.982)
    """
    share = correct / examples
    spread = z * z / examples
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / examples + spread / (4 * examples))
    return max(0.0, centre - half), min(1.0, centre + half)
