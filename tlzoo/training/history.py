"""The epochs of a phase so far: what a checkpoint carries and what decides when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["History", "score"]


@dataclass(slots=True)
class History:
    """Figures of each finished epoch, and the seconds that they took."""

    patience: int | None = None
    figures: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """How many epochs are finished."""
        return len(self.figures)

    @property
    def out_of_patience(self) -> bool:
        """Whether the validation loss has not improved for ``patience`` epochs."""
        if self.patience is None or not self.figures or "val_loss" not in self.figures[0]:
            return False
        values = [figures["val_loss"] for figures in self.figures]
        return len(values) - 1 - int(np.argmin(values)) >= self.patience

    def to_json(self) -> dict[str, Any]:
        """Return what a checkpoint carries."""
        return {"figures": self.figures, "seconds": self.seconds}


def score(figures: dict[str, float], examples: int) -> tuple[float, float]:
    """Return validation accuracy and its standard error; NaN where there is no validation split.

    Two successes and two failures are added for the error, so that a perfect score is not taken for certain (Agresti
    and Coull 1998).
    """
    if not examples:
        return math.nan, math.nan
    accuracy = figures["val_accuracy"]
    smoothed = (accuracy * examples + 2) / (examples + 4)
    return accuracy, math.sqrt(smoothed * (1 - smoothed) / (examples + 4))
