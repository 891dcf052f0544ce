"""Perplexity of completions with its interval, beside that of the untuned model on the same pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tlzoo.tasks import Figure, Score

__all__ = ["Likelihoods", "PerplexityMetrics", "mean_loss", "perplexity"]

_LEVEL = 0.975
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """Negative log-likelihoods of completions: ``losses`` (N,) in nats, summed over the ``tokens`` (N,) of each."""

    losses: np.ndarray
    tokens: np.ndarray


def mean_loss(losses: np.ndarray, tokens: np.ndarray) -> tuple[float, float]:
    """Return the mean of losses per token over pairs of different lengths, and its standard error.

    The mean is the ratio of two sums over pairs; its variance is that of the residuals (Cochran 1977, Sampling
    Techniques, equation 2.46).

    >>> import numpy as np
    >>> mean, error = mean_loss(np.array([2.0, 6.0]), np.array([1, 2]))
    >>> round(mean, 3), round(error, 3)
    (2.667, 0.444)

    Args:
        losses: The sum of the losses of each pair, (N,).
        tokens: The number of tokens of each pair, (N,).

    Returns:
        Mean and standard error; the error of a single pair is NaN.
    """
    count, total = len(losses), float(tokens.sum())
    mean = float(losses.sum()) / total
    if count < _FEWEST:
        return mean, math.nan
    residuals = losses - mean * tokens
    return mean, math.sqrt(float(np.square(residuals).sum()) * count / (count - 1)) / total


def perplexity(loss: float) -> float:
    """Return exp(loss); infinity for a loss beyond the range, as of a diverged model."""
    with np.errstate(over="ignore"):
        return float(np.exp(loss))


def _exponential(mean: float, error: float, count: int) -> tuple[float, tuple[float, float] | None]:
    """Return the exponential of a mean, and its 95 % interval by Student's t; None for a single pair."""
    from scipy.special import stdtrit

    half = 0.0 if math.isnan(error) else float(stdtrit(count - 1, _LEVEL)) * error
    low, high = perplexity(mean - half), perplexity(mean + half)
    return perplexity(mean), None if math.isnan(error) else (low, high)


@dataclass(frozen=True, slots=True)
class PerplexityMetrics:
    """Perplexity exp(-log likelihood per token) of a tuned model, and of the ``untuned`` one on the same pairs.

    The score is the log likelihood per token in nats. ``untuned`` is None if it was not measured.
    """

    tuned: Likelihoods
    untuned: Likelihoods | None = None
    row_title: ClassVar[str] = ""

    @property
    def score(self) -> Score:
        """The log likelihood per token."""
        mean, error = mean_loss(self.tuned.losses, self.tuned.tokens)
        return Score("log likelihood", -mean, error)

    @property
    def figures(self) -> Sequence[Figure]:
        """Perplexities, their ratio, the log likelihood and counts."""
        values = self.to_json()
        titles = {
            "perplexity": "perplexity",
            "untuned_perplexity": "perplexity before training",
            "perplexity_ratio": "ratio of perplexities",
            "log_likelihood": "log likelihood per token",
        }
        figures = [
            Figure(name, title, values[name], interval=_pair(values.get(f"{name}_interval")))
            for name, title in titles.items()
            if name in values
        ]
        return (*figures, *(Figure(name, name, values[name], "count") for name in ("tokens", "pairs")))

    @property
    def rows(self) -> Mapping[str, Sequence[Figure]]:
        """Empty, since there are no labels."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the JSON of the command line.

        ``perplexity_ratio`` is that of the tuned to the untuned model; its interval is paired by sample.
        """
        count = len(self.tuned.losses)
        mean, error = mean_loss(self.tuned.losses, self.tuned.tokens)
        values: dict[str, Any] = {"log_likelihood": -mean}
        values |= _named("perplexity", *_exponential(mean, error, count))
        if self.untuned is not None:
            before = mean_loss(self.untuned.losses, self.untuned.tokens)
            change = mean_loss(self.tuned.losses - self.untuned.losses, self.tuned.tokens)
            values |= _named("untuned_perplexity", *_exponential(*before, count))
            values |= _named("perplexity_ratio", *_exponential(*change, count))
        values |= {"standard_error": None if math.isnan(error) else error}
        return values | {"tokens": int(self.tuned.tokens.sum()), "pairs": count}

    def __str__(self) -> str:
        values = self.to_json()

        def shown(name: str) -> str:
            interval = values[f"{name}_interval"]
            return f"{values[name]:.4g}" + ("" if interval is None else f" ({interval[0]:.4g} to {interval[1]:.4g})")

        said = f"perplexity {shown('perplexity')}"
        if self.untuned is not None:
            said += f", before training {shown('untuned_perplexity')}, ratio {shown('perplexity_ratio')}"
        return f"{said}; 95 % intervals, the ratio's paired by sample"

    def baseline_note(self, split: str) -> str | None:
        """Return a note if the model is not better than the untuned one by more than noise."""
        values = self.to_json()
        interval = values.get("perplexity_ratio_interval")
        if interval is None or interval[1] < 1:
            return None
        low, high = interval
        return (
            f"the perplexity on the {split} split is not significantly lower than before training: ratio "
            f"{values['perplexity_ratio']:.3g} (95 % interval {low:.3g} to {high:.3g})"
        )


def _named(name: str, value: float, interval: tuple[float, float] | None) -> dict[str, Any]:
    return {name: value, f"{name}_interval": None if interval is None else list(interval)}


def _pair(interval: Sequence[float] | None) -> tuple[float, float] | None:
    return None if interval is None else (interval[0], interval[1])
