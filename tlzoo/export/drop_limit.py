"""Confidence limits of the accuracy that an exported file loses, from the same test samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["CONFIDENCE", "AccuracyDrop", "least_provable_drop", "samples_needed"]

CONFIDENCE = 0.95
"""Of each one-sided limit."""


@dataclass(frozen=True, slots=True)
class AccuracyDrop:
    """The accuracy of the run minus that of an exported file, on the same ``samples``.

    ``lost`` is the number of samples that only the run predicts correctly, ``gained`` of those that only the file
    does: the discordant pairs. All other samples are right or wrong with both.
    """

    samples: int
    lost: int
    gained: int

    @property
    def value(self) -> float:
        """The drop on the test split; negative if the file is more accurate."""
        return (self.lost - self.gained) / self.samples

    @property
    def upper(self) -> float:
        """The one-sided 95 % upper limit of the drop.

        The shares of lost and gained samples have exact binomial limits (Clopper and Pearson 1934), each at half the
        error probability; the drop is at most the upper limit of the first minus the lower limit of the second
        (Bonferroni). The limit holds for any number of samples, also without any discordant pair.
        """
        return _upper(self.lost, self.samples) - _lower(self.gained, self.samples)

    @property
    def lower(self) -> float:
        """The one-sided 95 % lower limit of the drop."""
        return _lower(self.lost, self.samples) - _upper(self.gained, self.samples)


def least_provable_drop(samples: int) -> float:
    """Return the smallest upper limit that a test split can give: that of no discordant pair."""
    return AccuracyDrop(samples, 0, 0).upper


def samples_needed(drop: float) -> int:
    """Return the number of test samples with a smallest provable drop below ``drop``."""
    return math.floor(math.log(_error()) / math.log1p(-drop)) + 1 if 0 < drop < 1 else 1


def _error() -> float:
    return (1 - CONFIDENCE) / 2


def _upper(count: int, samples: int) -> float:
    from scipy.stats import beta

    return 1.0 if count == samples else float(beta.ppf(1 - _error(), count + 1, samples - count))


def _lower(count: int, samples: int) -> float:
    from scipy.stats import beta

    return 0.0 if not count else float(beta.ppf(_error(), count, samples - count + 1))
