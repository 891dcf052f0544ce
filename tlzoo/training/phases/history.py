"""History of a phase: finished epochs, for checkpoints and early stopping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["History"]


@dataclass(slots=True)
class History:
    """Figures of each finished epoch, and their duration in seconds."""

    patience: int | None = None
    figures: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.figures)

    @property
    def out_of_patience(self) -> bool:
        """Whether the validation loss has not improved for ``patience`` epochs."""
        if self.patience is None or not self.figures or "val_loss" not in self.figures[0]:
            return False
        values = [figures["val_loss"] for figures in self.figures]
        return len(values) - 1 - int(np.argmin(values)) >= self.patience

    def to_json(self) -> dict[str, Any]:
        """Return the history for a checkpoint."""
        return {"figures": self.figures, "seconds": self.seconds}
