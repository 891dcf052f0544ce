"""Evaluation of a policy: the returns of its episodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tlzoo.tasks import Figure, PlainMetrics, Score

__all__ = ["Returns"]


@dataclass(frozen=True, slots=True)
class Returns:
    """The undiscounted return and the number of steps of each episode, in order."""

    totals: tuple[float, ...]
    steps: tuple[int, ...]
    row_title: ClassVar[str] = ""

    @property
    def mean(self) -> float:
        """Mean return."""
        return float(np.mean(self.totals))

    @property
    def standard_error(self) -> float:
        """Standard error of the mean."""
        return float(np.std(self.totals, ddof=1) / np.sqrt(len(self.totals))) if len(self.totals) > 1 else 0.0

    @property
    def score(self) -> Score:
        """The mean return."""
        return Score("mean return", self.mean, self.standard_error)

    @property
    def figures(self) -> Sequence[Figure]:
        """All figures, the same as in the JSON."""
        return PlainMetrics(self.to_json()).figures

    @property
    def rows(self) -> Mapping[str, Sequence[Figure]]:
        """Empty, since there are no labels."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Return mean and spread, for ``test`` in the JSON of the command line."""
        return {
            "mean_return": self.mean,
            "standard_deviation": float(np.std(self.totals)),
            "standard_error": self.standard_error,
            "lowest_return": float(np.min(self.totals)),
            "highest_return": float(np.max(self.totals)),
            "mean_steps": float(np.mean(self.steps)),
            "episodes": len(self.totals),
        }
