"""Algorithm of a phase: acts in environments and learns, with its state for checkpoints."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.strategies import Phase
from tlzoo.training import Plan, generator
from tlzoo_rl.environments import Environments
from tlzoo_rl.training.encoder import Encoder
from tlzoo_rl.training.state import ControlState

__all__ = ["Learner", "moves_statistics"]


@dataclass(slots=True)
class Learner(ABC):
    """The algorithm in a phase, with its state. ``slots`` is its part of a checkpoint, without the network."""

    state: ControlState
    phase: Phase
    position: int
    plan: Plan
    encoder: Encoder
    done: int = field(default=0, init=False)

    @abstractmethod
    def segment(self, environments: Environments, number: int | str, rollouts: int) -> dict[str, float]:
        """Act and learn for ``rollouts`` rollouts; return figures, including ``return`` of finished episodes."""

    @abstractmethod
    def slots(self) -> dict[str, np.ndarray]:
        """Return the arrays for a checkpoint."""

    @abstractmethod
    def take(self, slots: Mapping[str, np.ndarray]) -> None:
        """Restore the arrays of a checkpoint."""

    def train(self, environments: Environments, number: int | str, rollouts: int) -> dict[str, float]:
        """Run a segment, advance ``done`` and return its figures. Raises TrainingError if the loss is not finite."""
        figures = self.segment(environments, number, rollouts)
        if not all(math.isfinite(each) for key, each in figures.items() if key != "return"):
            raise TrainingError(f"phase {self.phase.name!r}: the loss is not finite", "use a lower learning rate")
        self.done += rollouts * self.state.rollout_steps
        return figures

    def draws(self, segment: int | str, *parts: int | str) -> np.random.Generator:
        """Return a random generator seeded by (seed, phase, segment) and the parts."""
        return generator(self.state.setup.seed, self.position, segment, *parts)

    def begin(self, environments: Environments, segment: int | str) -> np.ndarray:
        """Start new episodes for a segment; return their first observations."""
        self.state.refresh()  # a resumed run begins here without stored results
        return environments.reset(self.state.seeds(len(environments), self.position, segment, "episodes"))

    def stored(self, observations: np.ndarray) -> np.ndarray:
        """Return rows to store for observations (N, …); a network in NumPy acts on observations, which are stored."""
        return observations if self.state.mirror is not None else self.encoder.rows(observations)

    def answer(self, stored: np.ndarray) -> np.ndarray:
        """Return the head's outputs (N, …) for stored rows."""
        mirror = self.state.mirror
        return self.encoder.answer(stored) if mirror is None else mirror(stored)


def moves_statistics(state: ControlState, phase: Phase) -> bool:
    """Return whether a phase moves the statistics of observations: not if features are constant."""
    trained = phase.train.paths(state.network.parts)
    return phase.statistics == "trained" and state.setup.backbone.stages[0].variables <= trained
