"""How good a policy is: the returns of its episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Returns"]


@dataclass(frozen=True, slots=True)
class Returns:
    """The return of each episode, in order, undiscounted, and how many steps it had."""

    totals: tuple[float, ...]
    steps: tuple[int, ...]

    @property
    def mean(self) -> float:
        """Mean return."""
        return float(np.mean(self.totals))

    @property
    def standard_error(self) -> float:
        """Of the mean."""
        return float(np.std(self.totals, ddof=1) / np.sqrt(len(self.totals))) if len(self.totals) > 1 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return mean and spread, as ``test`` of the command line's JSON has them."""
        return {
            "mean_return": self.mean,
            "standard_deviation": float(np.std(self.totals)),
            "standard_error": self.standard_error,
            "lowest_return": float(np.min(self.totals)),
            "highest_return": float(np.max(self.totals)),
            "mean_steps": float(np.mean(self.steps)),
            "episodes": len(self.totals),
        }
