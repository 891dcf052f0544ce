"""Paired statistics: the difference of two models on the same test samples, with interval and p-value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Difference",
    "bootstrap_difference",
    "bootstrap_interval",
    "bootstrap_weights",
    "mcnemar_p_value",
    "share_difference",
    "tango_interval",
]

Floats: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"

CONFIDENCE = 0.95
"""Of all intervals of a family of comparisons together."""
DRAWS = 1000
"""Bootstrap samples: the standard error is then known to about 2 %."""
_NUMBERS_AT_ONCE = 2**22
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """The second model's figure minus the first's, with its simultaneous interval and adjusted p-value.

    ``interval`` and ``p_value`` are None if they are unknown, as for a single sample.
    """

    value: float
    interval: tuple[float, float] | None
    p_value: float | None

    @property
    def is_significant(self) -> bool:
        """Whether the p-value is below 5 % and the interval excludes 0."""
        if self.interval is None or self.p_value is None:
            return False
        return self.p_value < 1 - CONFIDENCE and not self.interval[0] <= 0 <= self.interval[1]


def share_difference(first: Floats, second: Floats, comparisons: int = 1) -> Difference:
    """Return the difference of two shares of right answers on the same samples.

    The p-value is that of the exact McNemar test, the interval that of Tango (1998).

    >>> import numpy as np
    >>> first, second = np.repeat([1, 0, 1, 0], [80, 2, 6, 12]), np.repeat([1, 1, 0, 0], [80, 2, 6, 12])
    >>> found = share_difference(first, second)
    >>> round(found.value, 3), round(found.p_value, 3), found.is_significant
    (-0.04, 0.289, False)

    Args:
        first: Whether each answer of the first model is right: 0 or 1, (N,).
        second: The same for the second model, (N,).
        comparisons: Size of the family of comparisons, for Bonferroni's correction of p-value and interval.

    Returns:
        The difference.
    """
    lost = int(((first > 0) & (second == 0)).sum())
    gained = int(((first == 0) & (second > 0)).sum())
    return Difference(
        value=(gained - lost) / len(first),
        interval=tango_interval(gained, lost, len(first), _level(comparisons)),
        p_value=min(1.0, comparisons * mcnemar_p_value(gained, lost)),
    )


def mcnemar_p_value(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of the exact McNemar test, which is the sign test of the discordant pairs.

    Under the null hypothesis, each sample that only one model answers correctly is equally likely to be either
    model's (McNemar 1947, DOI 10.1007/BF02295996; the exact form conditions on their number).

    >>> mcnemar_p_value(5, 0)
    0.0625

    Args:
        only_first: Number of samples that only the first model answers correctly.
        only_second: The same for the second model.

    Returns:
        The p-value; 1 without discordant pairs.
    """
    from scipy.special import bdtr

    discordant = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), discordant, 0.5)))


def tango_interval(only_first: int, only_second: int, samples: int, level: float = CONFIDENCE) -> tuple[float, float]:
    """Return the score interval for the difference of two paired shares, first minus second.

    It contains every difference that the score test does not reject (Tango 1998, DOI
    10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B, equations 2 to 5); at a difference of 0 that test
    is McNemar's without continuity correction. It also holds without discordant pairs.

    >>> low, high = tango_interval(12, 2, 100)
    >>> round(low, 4), round(high, 4)
    (0.031, 0.1819)

    Args:
        only_first: Number of samples that only the first model answers correctly.
        only_second: The same for the second model.
        samples: Number of all samples.
        level: Confidence level.

    Returns:
        The lower and the upper limit.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    limit = float(ndtri((1 + level) / 2))
    found = (only_first - only_second) / samples

    def excess(difference: float, sign: int) -> float:
        return sign * _score(only_first, only_second, samples, difference) - limit

    low = -1.0 if found <= -1 else float(brentq(excess, -1, found, args=(1,)))
    high = 1.0 if found >= 1 else float(brentq(excess, found, 1, args=(-1,)))
    return low, high


def _score(only_first: int, only_second: int, samples: int, difference: float) -> float:
    """Return the score statistic of a hypothetical difference, standard normal if it is the true one.

    The share of the second kind of discordant pairs is its maximum-likelihood estimate under the hypothesis (equations
    3 and 4 of Tango).
    """
    middle = -only_first - only_second + (2 * samples - only_first + only_second) * difference
    last = -only_second * difference * (1 - difference)
    root = math.sqrt(max(0.0, middle * middle - 8 * samples * last))
    share = (root - middle) / (4 * samples)
    variance = samples * (2 * share + difference * (1 - difference))
    above = only_first - only_second - samples * difference
    if variance <= 0:
        return math.copysign(math.inf, above) if above else 0.0
    return above / math.sqrt(variance)


def bootstrap_weights(samples: int, draws: int = DRAWS, seed: int = 0) -> Iterator[Floats]:
    """Yield bootstrap samples as weights, in blocks (K, N): how often each sample is drawn (Efron 1979).

    Models that are evaluated with the same weights are compared in pairs.

    Args:
        samples: Number of samples.
        draws: Number of bootstrap samples.
        seed: Random seed.

    Yields:
        Blocks of weights, each row with the sum N.
    """
    generator = np.random.default_rng(seed)
    at_once = max(1, _NUMBERS_AT_ONCE // max(1, samples))
    for start in range(0, draws, at_once):
        count = min(at_once, draws - start)
        drawn = generator.integers(samples, size=(count, samples)) + samples * np.arange(count)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=count * samples)
        yield counts.reshape(count, samples).astype(np.float64)


def bootstrap_difference(value: float, drawn: Floats, samples: int, comparisons: int = 1) -> Difference:
    """Return a difference with its interval and p-value from the differences in bootstrap samples.

    The bootstrap gives the standard error, and Student's t distribution with N - 1 degrees of freedom the limits (Efron
    and Tibshirani 1993, chapters 12 and 13). Unlike percentiles, these need no more draws for many comparisons.

    >>> import numpy as np
    >>> drawn = np.random.default_rng(0).normal(0.02, 0.01, 1000)
    >>> bootstrap_difference(0.02, drawn, samples=500).is_significant
    True

    Args:
        value: The difference on the test samples.
        drawn: The difference in each bootstrap sample, (draws,); NaN where it is undefined.
        samples: Number of test samples.
        comparisons: Size of the family of comparisons, for Bonferroni's correction of p-value and interval.

    Returns:
        The difference. Interval and p-value are None for fewer than two samples, if the figure is undefined in half of
        the bootstrap samples, or if a difference other than 0 is the same in all of them. Differences by rounding only
        are equal.
    """
    from scipy.special import stdtr  # distribution of Student's t

    known = _known(value, drawn, samples)
    if known is None:
        return Difference(value, None, None)
    if not _has_spread(value, known):
        # one sample of a class gives the same difference in each draw; models with equal answers give 0
        return Difference(value, None, None) if abs(value) > _ROUNDING else Difference(0.0, (0.0, 0.0), 1.0)
    error, half = _error(known, samples, _level(comparisons))
    p_value: Any = 2 * stdtr(samples - 1, -abs(value) / error)
    return Difference(value, (value - half, value + half), min(1.0, comparisons * float(p_value)))


def bootstrap_interval(
    value: float, drawn: Floats, samples: int, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of one figure from its values in bootstrap samples.

    It is computed as in ``bootstrap_difference``, and cut to the possible values of the figure.

    >>> import numpy as np
    >>> drawn = np.random.default_rng(0).normal(0.9, 0.1, 1000)
    >>> low, high = bootstrap_interval(0.9, drawn, samples=500, bounds=(0, 1))
    >>> round(low, 1), high
    (0.7, 1)

    Args:
        value: The figure on the test samples.
        drawn: The figure in each bootstrap sample, (draws,); NaN where it is undefined.
        samples: Number of test samples.
        bounds: Smallest and largest possible value of the figure.

    Returns:
        The lower and the upper limit. None for fewer than two samples, if the figure is undefined in half of the
        bootstrap samples, or if it is the same in all of them up to rounding.
    """
    known = _known(value, drawn, samples)
    if known is None or not _has_spread(value, known):
        return None
    _, half = _error(known, samples, CONFIDENCE)
    return max(value - half, bounds[0]), min(value + half, bounds[1])


def _known(value: float, drawn: Floats, samples: int) -> Floats | None:
    """Return the values in bootstrap samples that are defined; None if they give no interval."""
    known = drawn[np.isfinite(drawn)]
    if samples < 2 or 2 * len(known) <= len(drawn) or not math.isfinite(value):  # noqa: PLR2004 - no spread
        return None
    return known


def _has_spread(value: float, known: Floats) -> bool:
    """Return whether values in bootstrap samples differ by more than rounding."""
    return float(np.ptp(known)) > _ROUNDING * max(1.0, abs(value))


def _error(known: Floats, samples: int, level: float) -> tuple[float, float]:
    """Return the standard error by the bootstrap, and half the interval by Student's t distribution."""
    from scipy.special import stdtrit

    error = float(known.std(ddof=1)) * math.sqrt(samples / (samples - 1))
    return error, error * float(stdtrit(samples - 1, (1 + level) / 2))


def _level(comparisons: int) -> float:
    """Return the confidence level of one interval in a family, by Bonferroni."""
    return 1 - (1 - CONFIDENCE) / max(1, comparisons)
