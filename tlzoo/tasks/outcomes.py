"""Outcomes of test samples: what a run keeps of its answers, and the figures that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

__all__ = [
    "KeptAnswers",
    "Measure",
    "Outcomes",
    "check_kept",
    "class_sums",
    "f1_scores",
    "macro_mean",
    "plain_outcomes",
    "ratio",
    "weighted_means",
]

KeptAnswers: TypeAlias = "Mapping[str, np.ndarray]"
"""Arrays (N, …) by name, with a row for each test sample: numbers or truth values, no objects."""

Figures: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""From weights of samples (draws, N), 0 or more, to figures (draws, measures); NaN for undefined ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A figure by which the answers of runs are compared.

    Args:
        name: Key in JSON, as in the metrics of the task.
        title: Name in reports.
        unit: ``share`` (0 to 1, shown as a percentage) or ``number``.
        row: Class or target that it belongs to; None for a figure of all samples.
        is_loss: Whether lower is better.
        values: If the figure is a mean over samples, its values. Shares of right answers, with values 0 and 1, are then
            compared by an exact test.
        samples: Positions of the samples of the values; None for all.
    """

    name: str
    title: str
    unit: Literal["share", "number"] = "share"
    row: str | None = None
    is_loss: bool = False
    values: np.ndarray | None = None
    samples: np.ndarray | None = None

    @property
    def is_binary(self) -> bool:
        """Whether each sample is right or wrong."""
        if self.values is None or self.unit != "share" or self.is_loss:
            return False
        return bool(np.isin(self.values, (0, 1)).all())


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Answers of a run compared with the labels of N test samples.

    Args:
        measures: What is compared; the first is the score of the task.
        figures: The values of all measures for weights of samples.
        quality: How good each answer is, (N,); higher is better.
        keys: Numbers (N, …) that are equal exactly for equal answers.
        show: From the position of a sample to its label and its answer as text.
    """

    measures: Sequence[Measure]
    figures: Figures
    quality: np.ndarray
    keys: np.ndarray
    show: Callable[[int], tuple[str, str]]

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.quality)


def plain_outcomes(kept: KeptAnswers) -> Outcomes:
    """Return the outcomes of answers with a known correctness only: the array ``right`` (N,)."""
    (right,) = check_kept(kept, right=("f", (None,)))
    measure = Measure("accuracy", "accuracy", values=right.astype(np.float64))
    return Outcomes(
        (measure,),
        lambda weights: weighted_means(weights, right[:, np.newaxis]),
        right,
        right,
        lambda row: ("", f"{right[row]:.0%} right"),
    )


def check_kept(kept: KeptAnswers, **kinds: tuple[str, tuple[int | None, ...]]) -> list[np.ndarray]:
    """Return the named arrays of a file. Raises ValueError for a missing one, or one of another kind or shape.

    A run folder may come from others, so a task checks its arrays with this function.

    Args:
        kept: Arrays by name.
        **kinds: For each name, the kinds of ``dtype.kind`` that are allowed, and the shape; None for any length.

    Returns:
        The arrays, in the order of ``kinds``. Numbers are finite.
    """
    found = []
    for name, (allowed, shape) in kinds.items():
        values = kept.get(name)
        if values is None:
            raise ValueError(f"no array {name!r}")
        fits = values.ndim == len(shape) and all(
            wanted is None or length == wanted for length, wanted in zip(values.shape, shape, strict=True)
        )
        if not fits or values.dtype.kind not in allowed:
            raise ValueError(f"the array {name!r} is {values.dtype} {values.shape}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(f"the array {name!r} has values that are not numbers")
        found.append(values)
    return found


def weighted_means(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return means of values (N, K) for weights (draws, N), as (draws, K)."""
    return ratio(weights @ values, weights.sum(axis=1, keepdims=True))


def ratio(part: Any, whole: Any) -> np.ndarray:
    """Return ``part / whole``; NaN where the whole is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    found: np.ndarray = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)
    return found


def class_sums(weights: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    """Return the sums of weights (draws, N) by class, (draws, count), for class indices (N,); -1 counts nowhere."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(classes >= 0)
    members = csr_array((np.ones(len(rows)), (classes[rows], rows)), shape=(count, len(classes)))
    return np.asarray(members @ weights.T).T


def f1_scores(weights: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the F1 score of each class, (draws, K); NaN for a class with neither labels nor predictions.

    Args:
        weights: Weights of samples (draws, N).
        truth: Whether each class applies, (N, K).
        predicted: Whether each class is predicted, (N, K).
    """
    true, found = truth.astype(np.float64), predicted.astype(np.float64)
    return ratio(2 * (weights @ (true * found)), weights @ (true + found))


def macro_mean(figures: np.ndarray) -> np.ndarray:
    """Return the mean over the classes that have a figure, (draws,), from figures (draws, K)."""
    known = np.isfinite(figures)
    return ratio(np.where(known, figures, 0).sum(axis=-1), known.sum(axis=-1))
