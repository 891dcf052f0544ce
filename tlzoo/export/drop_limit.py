"""Confidence limits of the accuracy that an exported file loses, from the same test samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["CONFIDENCE", "AccuracyDrop", "least_provable_drop", "samples_needed"]

CONFIDENCE = 0.95
"""Of each one-sided limit."""


@dataclass(frozen=True, slots=True)
class AccuracyDrop:
    """The accuracy of the run minus that of an exported file, on the same ``samples``.

    ``lost`` is the number of samples that only the run predicts correctly, ``gained`` of those that only the file
    does: the discordant pairs. All other samples are right or wrong with both. If samples can be right in part, as maps
    are, ``in_parts`` is set, and both are sums of the lost and gained parts.
    """

    samples: int
    lost: float
    gained: float
    in_parts: bool = False

    @classmethod
    def of(cls, own: np.ndarray, its: np.ndarray) -> AccuracyDrop:
        """Compare how right the run (``own``) and the file (``its``) are on each sample, (N,), from 0 to 1."""
        drops = own - its
        in_parts = not np.isin((own, its), (0, 1)).all()
        return cls(len(drops), float(drops[drops > 0].sum()), float(-drops[drops < 0].sum()), in_parts)

    @property
    def value(self) -> float:
        """The drop on the test split; negative if the file is more accurate."""
        return (self.lost - self.gained) / self.samples

    @property
    def upper(self) -> float:
        """The one-sided 95 % upper limit of the drop.

        The shares of lost and gained samples have exact binomial limits (Clopper and Pearson 1934), each at half the
        error probability; the drop is at most the upper limit of the first minus the lower limit of the second
        (Bonferroni). The limit holds for any number of samples, also without any discordant pair. Means of parts have
        the limits of Hoeffding (1963, theorem 1, inequality 2.1), which hold for all values from 0 to 1 and equal the
        exact ones if nothing is lost.
        """
        return self._limit_above(self.lost) - self._limit_below(self.gained)

    @property
    def lower(self) -> float:
        """The one-sided 95 % lower limit of the drop."""
        return self._limit_below(self.lost) - self._limit_above(self.gained)

    def _limit_above(self, count: float) -> float:
        if self.in_parts:
            return _hoeffding_upper(count / self.samples, self.samples)
        return _upper(count, self.samples)

    def _limit_below(self, count: float) -> float:
        if self.in_parts:
            return 1 - _hoeffding_upper(1 - count / self.samples, self.samples)
        return _lower(count, self.samples)


def least_provable_drop(samples: int) -> float:
    """Return the smallest upper limit that a test split can give: that of no discordant pair."""
    return AccuracyDrop(samples, 0, 0).upper


def samples_needed(drop: float) -> int:
    """Return the number of test samples with a smallest provable drop below ``drop``."""
    return math.floor(math.log(_error()) / math.log1p(-drop)) + 1 if 0 < drop < 1 else 1


def _error() -> float:
    return (1 - CONFIDENCE) / 2


def _hoeffding_upper(mean: float, samples: int) -> float:
    """Return the largest expectation under which such a mean of values from 0 to 1 is not too improbable."""
    from scipy.optimize import brentq
    from scipy.special import rel_entr

    most = -math.log(_error()) / samples

    def excess(expected: float) -> float:
        return float(rel_entr(mean, expected) + rel_entr(1 - mean, 1 - expected)) - most

    mean = min(max(mean, 0.0), 1.0)
    almost = 1 - 1e-12
    return 1.0 if mean >= almost or excess(almost) < 0 else float(brentq(excess, mean, almost))


def _upper(count: float, samples: int) -> float:
    from scipy.stats import beta

    return 1.0 if count == samples else float(beta.ppf(1 - _error(), count + 1, samples - count))


def _lower(count: float, samples: int) -> float:
    from scipy.stats import beta

    return 0.0 if not count else float(beta.ppf(_error(), count, samples - count + 1))
