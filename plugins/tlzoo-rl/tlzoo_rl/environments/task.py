"""The task of an environment: its actions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Control"]


@dataclass(frozen=True, slots=True)
class Control:
    """The task: choose actions with a high return.

    ``actions`` is the number of actions of a discrete space, or of the numbers of a continuous one. ``low`` and
    ``high`` are their bounds, empty if actions are discrete.
    """

    actions: int
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    kind: str = "control"

    @property
    def continuous(self) -> bool:
        """Whether actions are continuous."""
        return bool(self.low)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds, float32 (actions,) each; empty if actions are discrete."""
        return np.array(self.low, np.float32), np.array(self.high, np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of a served model's outputs."""
        return tuple(f"action {number}" for number in range(self.actions))

    def __str__(self) -> str:
        if not self.continuous:
            return f"one of {self.actions}"
        bounds = [f"{low:g} to {high:g}" for low, high in zip(self.low, self.high, strict=True)]
        said = bounds[0] if len(set(bounds)) == 1 else ", ".join(bounds)
        return f"{self.actions} number{'s' if self.actions > 1 else ''} from {said}"
