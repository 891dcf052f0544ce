"""Confidence intervals of scores, and significance of differences between entries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from tlzoo.scores import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.scores import Score
    from tlzoo.zoo.ranking.result import Interval

__all__ = ["Estimate", "difference", "estimate", "groups"]

_DRAWS = 1000
_PARTS = 10
_T = 2.262
"""The 97.5 % quantile of Student's t with nine degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score and its values on other samples: redrawn (bootstrap), or without a tenth (jackknife).

    The same samples are redrawn and left out for every entry, so differences are paired.
    """

    value: float
    others: np.ndarray
    kind: Literal["bootstrap", "jackknife"]

    @property
    def interval(self) -> Interval:
        """The 95 % confidence interval of the score."""
        return _interval(self.value, self.others, self.kind)


def estimate(score: Score, taken: np.ndarray, labels: np.ndarray, seed: int) -> Estimate:
    """Return a score of features or predictions (N, D) with its values on other samples.

    A mean over samples is bootstrapped: its outcomes are resampled 1,000 times, without recomputation. Its interval
    reflects the evaluated samples, not the training samples. Other scores are computed without each tenth of the sample
    in turn (delete-a-group jackknife), because duplicated features would inflate neighbour and evidence scores.
    """
    outcomes = outcomes_of(score)
    if outcomes is not None:
        each = np.asarray(outcomes(taken, labels), np.float64)
        return Estimate(float(each.mean()), _redrawn(len(each), seed) @ each / len(each), "bootstrap")
    parts = np.arange(len(labels)) % _PARTS
    others = [float(score(taken[parts != part], labels[parts != part])) for part in range(_PARTS)]
    return Estimate(float(score(taken, labels)), np.array(others), "jackknife")


def difference(one: Estimate, other: Estimate) -> Interval:
    """Return the 95 % confidence interval of ``one`` minus ``other``, both on the same samples."""
    return _interval(one.value - other.value, one.others - other.others, one.kind)


def groups(ordered: Sequence[Estimate]) -> list[int]:
    """Return group numbers from 1: a group ends where its first entry is significantly better than the next."""
    found: list[int] = []
    first = 0
    for at, each in enumerate(ordered):
        low, _ = difference(ordered[first], each) if len(each.others) == len(ordered[first].others) else (1.0, 1.0)
        if at and (low > 0 or np.isnan(low)):
            first = at
        found.append(found[-1] + (first == at) if found else 1)
    return found


def _interval(value: float, others: np.ndarray, kind: str) -> Interval:
    if kind == "bootstrap":
        low, high = np.quantile(others, [0.025, 0.975])
        return float(low), float(high)
    error = _T * float(np.sqrt((len(others) - 1) * np.mean((others - others.mean()) ** 2)))
    return value - error, value + error


@lru_cache(maxsize=2)
def _redrawn(count: int, seed: int) -> np.ndarray:
    """Return how often each of ``count`` samples occurs in each draw: float32 (draws, count)."""
    draw = np.random.default_rng((seed, count))
    return draw.multinomial(count, np.full(count, 1 / count), size=_DRAWS).astype(np.float32)
