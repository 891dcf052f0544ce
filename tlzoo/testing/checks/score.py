"""Conformance checks of a score, on features or predictions with known class separation."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.testing.outcome import expect
from tlzoo.testing.session import Check, check

if TYPE_CHECKING:
    from tlzoo.scores import Score

__all__ = [
    "SCORE_CHECKS",
    "ScoreSubject",
    "does_not_depend_on_order",
    "is_higher_for_better",
    "is_the_same_again",
    "takes_more_columns_than_rows",
]

_CLASSES = 3
_ROWS = 60


@final
class ScoreSubject:
    """A score, given by its registered name."""

    def __init__(self, name: str) -> None:
        """Store the name; the first check looks it up."""
        self._name = name

    @property
    def title(self) -> str:
        """The name."""
        return self._name

    @cached_property
    def score(self) -> Score:
        """The score."""
        from tlzoo.plugins import registered

        known = {each.name: each.value for each in registered("tlzoo_scores")}
        if self._name not in known:
            raise UsageError(f"no score {self._name!r}", did_you_mean(self._name, known))
        found: Score = known[self._name]
        return found

    @cached_property
    def labels(self) -> np.ndarray[Any, Any]:
        """Twenty samples of each of three classes."""
        return np.arange(_ROWS) % _CLASSES

    def rows(self, noise: float, columns: int = 8) -> np.ndarray[Any, Any]:
        """Return rows that separate the classes, less with more noise: features, or probabilities of a source head."""
        from tlzoo.scores import score_inputs

        draw = np.random.default_rng(0)
        if score_inputs(self.score) == "predictions":
            logits = 4 * np.eye(columns)[self.labels] + noise * draw.normal(size=(_ROWS, columns))
            return np.asarray(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), np.float32)
        centres = draw.normal(size=(_CLASSES, columns))
        return np.asarray(centres[self.labels] + noise * draw.normal(size=(_ROWS, columns)), np.float32)


@check()
def is_higher_for_better(subject: ScoreSubject) -> None:
    """Check that it returns a number that is higher if the rows separate the classes better."""
    values = [float(subject.score(subject.rows(noise), subject.labels)) for noise in (0.1, 1.0, 10.0)]
    expect(all(map(math.isfinite, values)), f"the score returned {values}")
    expect(values[0] > values[2], f"rows without noise score {values[0]:.3g}, noisy ones {values[2]:.3g}")


@check(is_higher_for_better)
def is_the_same_again(subject: ScoreSubject) -> None:
    """Check that it is deterministic and does not change its inputs."""
    rows, labels = subject.rows(1.0), subject.labels.copy()
    before = rows.copy()
    first, second = (float(subject.score(rows, labels)) for _ in range(2))
    expect(first == second, f"the score returned {first!r}, then {second!r}")
    expect(np.array_equal(rows, before), "the score changed the features")
    expect(np.array_equal(labels, subject.labels), "the score changed the labels")


@check(is_higher_for_better)
def does_not_depend_on_order(subject: ScoreSubject) -> None:
    """Check that shuffling samples with their labels changes it by at most a tenth."""
    rows, order = subject.rows(1.0), np.random.default_rng(1).permutation(_ROWS)
    first = float(subject.score(rows, subject.labels))
    shuffled = float(subject.score(rows[order], subject.labels[order]))
    expect(abs(first - shuffled) <= 0.1 * max(1.0, abs(first)), f"{first:.4g}, but {shuffled:.4g} in another order")


@check(is_higher_for_better)
def takes_more_columns_than_rows(subject: ScoreSubject) -> None:
    """Check that it returns a number if there are more columns than samples."""
    value = float(subject.score(subject.rows(1.0, columns=4 * _ROWS), subject.labels))
    expect(math.isfinite(value), f"the score returned {value}")


SCORE_CHECKS: tuple[Check[ScoreSubject], ...] = (
    is_higher_for_better,
    is_the_same_again,
    does_not_depend_on_order,
    takes_more_columns_than_rows,
)
