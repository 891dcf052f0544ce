"""What a score is, and what a plugin that brings one has to give."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np

    Features: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]
    Labels: TypeAlias = np.ndarray[tuple[int], np.dtype[np.integer[Any]]]
    Predictions: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

__all__ = ["Outcomes", "Score", "mean_of", "of_predictions", "outcomes_of", "score_inputs"]

AnyScore = TypeVar("AnyScore", bound="Score")
Taken = Literal["features", "predictions"]


class Score(Protocol):
    """An estimate of how well an entry will transfer to given data, without fine-tuning it.

    The hook ``tlzoo_scores`` returns ``{name: score}``. A score's docstring gives its formula and its source.
    """

    def __call__(self, features: Features, labels: Labels, /) -> float:
        """Return the score, higher for better: features (N, D) float32, pooled; labels (N,), positions in the classes.

        A score marked ``of_predictions`` gets, instead of features, the probabilities (N, S) float32 that the entry's
        own head gives its S source classes; it is computed for entries that keep one. Scores are compared only between
        entries on the same samples: neither their scale nor their zero means anything.
        """
        ...


class Outcomes(Protocol):
    """What a score that is a mean over samples is the mean of: one number a sample, such as right or wrong."""

    def __call__(self, features: Features, labels: Labels, /) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return one number for each sample: float64 (N,)."""
        ...


def mean_of(outcomes: Outcomes) -> Callable[[AnyScore], AnyScore]:
    """Mark a score as the mean of what ``outcomes`` gives for each sample.

    Samples can then be drawn again without computing anything anew, which says how sure the score is; of other scores
    that is found by leaving out tenths of the sample.
    """

    def marked(score: AnyScore) -> AnyScore:
        score.outcomes = outcomes  # type: ignore[attr-defined]
        return score

    return marked


def outcomes_of(score: Score) -> Outcomes | None:
    """Return what a score is the mean of, None where it is no mean over samples."""
    outcomes: Outcomes | None = getattr(score, "outcomes", None)
    return outcomes


def of_predictions(score: AnyScore) -> AnyScore:
    """Mark a score as one of the source head's predictions, not of features."""
    score.takes = "predictions"  # type: ignore[attr-defined]
    return score


def score_inputs(score: Score) -> Taken:
    """Return what a score is computed of."""
    taken: Taken = getattr(score, "takes", "features")
    return taken
