"""What a source of this plugin opens to: an environment that can be made any number of times, always the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium

__all__ = ["Control", "ControlEnvironment"]


@dataclass(frozen=True, slots=True)
class Control:
    """What is to be learned: to choose actions that return much.

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
    def names(self) -> tuple[str, ...]:
        """What a served model's answers are called."""
        return tuple(f"action {number}" for number in range(self.actions))

    def __str__(self) -> str:
        return f"{self.actions} numbers" if self.continuous else f"one of {self.actions}"


@dataclass(frozen=True)
class ControlEnvironment:
    """An environment, not made yet.

    ``source`` is the source string; ``observation_shape`` and ``dtype`` are those of one observation as ``make`` gives
    it, after what the source asks for. ``parameters`` are the physics that were changed. ``fingerprint`` is a SHA-256
    over the source, the spaces and the code of the environment's module.
    """

    source: str
    task: Control
    observation_shape: tuple[int, ...]
    dtype: str
    fingerprint: str
    maker: Callable[[str | None], gymnasium.Env[Any, Any]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    modality: str = "rl"
    head: str = "policy"

    def make(self, render_mode: str | None = None) -> gymnasium.Env[Any, Any]:
        """Return a new one; ``render_mode`` is Gymnasium's."""
        return self.maker(render_mode)
