"""Mean of a score over several runs of one recipe, with its spread and its confidence interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["CONFIDENCE", "UNIT_BOUNDS", "Repeated", "mean_interval"]

CONFIDENCE = 0.95
UNIT_BOUNDS = {"share": (0.0, 1.0)}
"""Smallest and largest value of figures by their unit; other units have none."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Repeated:
    """A score over several runs: mean, sample standard deviation, and the 95 % interval of the mean.

    ``interval`` is None if all runs have the same score: then the noise is unknown, not zero.
    """

    mean: float
    spread: float
    interval: tuple[float, float] | None


def mean_interval(
    values: Sequence[float], *, test_to_train: float = 0.0, bounds: tuple[float, float] | None = None
) -> Repeated:
    """Return mean, spread and 95 % confidence interval of the mean of a score over J runs.

    The interval is mean ± t · s · sqrt(1/J + r), where s is the sample standard deviation and t the 97.5 % quantile of
    Student's t with J - 1 degrees of freedom.

    - r = 0 is the usual t interval, for independent runs.
    - r = ``test_to_train`` is the correction of Nadeau & Bengio (2003, Inference for the Generalization Error, Machine
      Learning 52, equation 9) for runs that share training samples, such as folds. Without it, the interval is too
      narrow.

    >>> low, high = mean_interval([0.9, 0.92, 0.94]).interval
    >>> round(low, 3), round(high, 3)
    (0.87, 0.97)

    Args:
        values: The score of each run; at least two.
        test_to_train: Number of test samples of a run divided by the number of samples that it may train on:
            1 / (K - 1) for K folds.
        bounds: Smallest and largest possible value of the score. The interval is cut to them.

    Returns:
        The mean, the spread and the interval, in the unit of the values. The interval is None for equal values.

    Raises:
        ValueError: For fewer than two values.
    """
    import numpy as np
    from scipy.stats import t

    if len(values) < 2:  # noqa: PLR2004
        raise ValueError(f"an interval needs at least two runs; got {len(values)}")
    count, mean, spread = len(values), float(np.mean(values)), float(np.std(values, ddof=1))
    if float(np.ptp(values)) <= _ROUNDING * max(1.0, abs(mean)):
        return Repeated(mean, spread, None)
    half = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * spread * math.sqrt(1 / count + test_to_train)
    low, high = mean - half, mean + half
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Repeated(mean, spread, (low, high))
