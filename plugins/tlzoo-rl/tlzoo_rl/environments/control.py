"""Environments as data sources of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from tlzoo.data import TrainerData
from tlzoo.errors import EntryError, UsageError
from tlzoo_rl.environments.task import Control
from tlzoo_rl.environments.vectorized import Environments

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["ControlEnvironment"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ControlEnvironment(TrainerData):
    """An environment as a data source; ``make`` creates it.

       ``observation_shape`` and ``dtype`` are those of one observation of ``make``, as adapted by the source.
    ``fingerprint`` is a SHA-256 over the source, the spaces and the code of the environment's module.
    """

    task: Control
    input_shape: tuple[int, ...]
    dtype: str
    maker: Callable[[str | None], gymnasium.Env[Any, Any]]
    modality: str = "rl"
    head: str | None = "policy"

    @property
    def observation_shape(self) -> tuple[int, ...]:
        """The shape of one observation."""
        return self.input_shape

    def make(self, render_mode: str | None = None) -> gymnasium.Env[Any, Any]:
        """Return a new environment; ``render_mode`` is Gymnasium's."""
        return self.maker(render_mode)

    def check(self, entry: Entry) -> None:
        """Raise EntryError if an entry takes observations of another dtype or range, since casting would change them.

        Bounds are compared with a first observation, and not with the space: many spaces declare wider ones.
        """
        taken = entry.input
        if "dtype" not in taken.field_types:
            return
        fix = "`tlzoo list --modality rl` lists other trunks"
        if taken.dtype == "uint8" != self.dtype:
            raise EntryError(
                f"{entry.id} takes observations of uint8, but those of {self.source} are {self.dtype}",
                f"use a uint8 space with whole numbers from 0 to 255; {fix}",
            )
        if taken.low is None and taken.high is None:
            return
        made = Environments(self, 1)
        try:
            first = made.reset([0])
        finally:
            made.close()
        low = -np.inf if taken.low is None else taken.low
        high = np.inf if taken.high is None else taken.high
        if first.min() < low or first.max() > high:
            raise EntryError(
                f"{entry.id} takes numbers from {low:g} to {high:g}, but observations of {self.source} are from "
                f"{first.min():g} to {first.max():g}",
                fix,
            )

    def check_other(self, other: TrainerData) -> None:
        """Raise UsageError for an environment with other actions or observations than those of the run."""
        super().check_other(other)
        if other.task != self.task:
            raise UsageError(
                f"{other.source} needs {other.task}, but the run was trained on {self.task} in {self.source}",
                "use an environment with the same actions",
            )
        if other.input_shape != self.input_shape:
            raise UsageError(
                f"{other.source} has observations of shape {other.input_shape}, but the run was trained on "
                f"{self.input_shape} in {self.source}",
                "use an environment with observations of the same shape",
            )
