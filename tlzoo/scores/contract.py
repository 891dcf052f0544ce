"""The contract of transferability scores."""

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
        """Return the score (higher is better) of pooled features (N, D) float32 and labels (N,), class indices.

        A score marked ``of_predictions`` gets, instead of features, the probabilities (N, S) float32 that the entry's
        head predicts for its S source classes; it is computed for entries with such a head. Scores are compared only
        between entries on the same samples: their scale and zero have no meaning.
        """
        ...


class Outcomes(Protocol):
    """Outcomes per sample of a score that is their mean, such as right or wrong."""

    def __call__(self, features: Features, labels: Labels, /) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return one number for each sample: float64 (N,)."""
        ...


def mean_of(outcomes: Outcomes) -> Callable[[AnyScore], AnyScore]:
    """Mark a score as the mean of ``outcomes`` over samples.

    Samples can then be resampled without computing the score again, for its confidence interval; for other scores
    tenths of the sample are left out.
    """

    def marked(score: AnyScore) -> AnyScore:
        score.outcomes = outcomes  # type: ignore[attr-defined]
        return score

    return marked


def outcomes_of(score: Score) -> Outcomes | None:
    """Return the outcomes of a score, or None if it is not a mean over samples."""
    outcomes: Outcomes | None = getattr(score, "outcomes", None)
    return outcomes


def of_predictions(score: AnyScore) -> AnyScore:
    """Mark a score as one of the source head's predictions, not of features."""
    score.takes = "predictions"  # type: ignore[attr-defined]
    return score


def score_inputs(score: Score) -> Taken:
    """Return the input of a score: features or predictions."""
    taken: Taken = getattr(score, "takes", "features")
    return taken
