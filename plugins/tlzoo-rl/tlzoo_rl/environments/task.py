"""The task of an environment: its actions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Control"]


@dataclass(frozen=True, slots=True)
class Control:
    """The task: choose actions with a high return.

    ``actions`` counts the actions of a discrete space, or the numbers of a continuous one, whose bounds are ``low`` and
    ``high``, one each; they are empty where actions are discrete.
    """

    actions: int
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    kind: str = "control"

    @property
    def continuous(self) -> bool:
        """Whether an action is numbers, and not one of several."""
        return bool(self.low)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest numbers, float32 (actions,) each; empty where actions are discrete."""
        return np.array(self.low, np.float32), np.array(self.high, np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """What a served model's answers are called."""
        return tuple(f"action {number}" for number in range(self.actions))

    def __str__(self) -> str:
        if not self.continuous:
            return f"one of {self.actions}"
        bounds = [f"{low:g} to {high:g}" for low, high in zip(self.low, self.high, strict=True)]
        said = bounds[0] if len(set(bounds)) == 1 else ", ".join(bounds)
        return f"{self.actions} number{'s' if self.actions > 1 else ''} from {said}"
