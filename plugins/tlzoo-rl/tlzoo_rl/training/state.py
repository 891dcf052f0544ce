"""State of a run in an environment: the network, restorable variables, and predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training import Checkpoints, Network, derive, moving_statistics, rates_of
from tlzoo_rl.environments import ControlEnvironment
from tlzoo_rl.training.encoder import Encoder
from tlzoo_rl.training.mirror import Mirror, mirror
from tlzoo_rl.training.running_statistics import Moving
from tlzoo_rl.training.value_scale import ValueScale

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training import Setup
    from tlzoo_rl.training.initial_policy.choice import InitialPolicy
    from tlzoo_rl.training.initial_policy.race_result import Policy

__all__ = ["ControlState"]


@dataclass(slots=True)
class ControlState:
    """``head`` is a Policy or QValues; ``budget`` counts steps in the environment.

    ``initial_policy`` is that of the run, if it was measured; ``policies`` are the head's weights of the possible ones.
    ``checkpoints`` is set when the variables have their values before the first phase. ``encoders`` are those made so
    far, by position.
    """

    setup: Setup
    environment: ControlEnvironment
    head: Any
    network: Network
    moving: Moving
    scale: ValueScale
    budget: int
    checkpoints: Checkpoints = field(init=False)
    initial_policy: InitialPolicy | None = None
    policies: Mapping[Policy, list[np.ndarray]] = field(default_factory=dict)
    compiled: dict[str, Any] = field(default_factory=dict)
    encoders: dict[int | None, Encoder] = field(default_factory=dict)
    _mirror: Mirror | None = None

    @property
    def variables(self) -> dict[str, Any]:
        """All variables of phases: those of the network, statistics of observations and of returns."""
        return {**self.network.variables, **self.moving.variables, **self.scale.variables}

    @property
    def rollout_steps(self) -> int:
        """The steps of one rollout in all environments."""
        return int(self.head.environments * self.head.rollout)

    @property
    def keeps_features(self) -> bool:
        """Whether features are constant while only the head trains: not if it has a separate trunk."""
        return self.network.backbone is self.setup.backbone

    @property
    def mirror(self) -> Mirror | None:
        """The copy in NumPy of a network of dense layers; None for others."""
        if "mirror" not in self.compiled:
            self.compiled["mirror"] = self._mirror = mirror(self.network)
        return self._mirror

    def cut(self, trained: frozenset[str]) -> int | None:
        """Return the position of the highest stage in the encoder of a phase; None for an encoder without stages.

        Nothing at or below it trains, one tensor leaves it, and that is not larger than a sample.
        """
        position, stages = self.network.highest_cut(trained), self.setup.backbone.stages
        if position is None or not self.keeps_features:
            return None
        if position == len(stages) - 1:
            return position
        crossing = self.network.boundary(position)
        sample = math.prod(self.setup.backbone.preprocessing.shape)
        is_small = len(crossing) == 1 and math.prod(crossing[0].shape[1:]) <= sample
        return position if is_small and self.mirror is None else None

    def groups(self, phase: Phase) -> list[tuple[list[str], float]]:
        """Return the paths of trained variables with their learning rates.

        Moving averages of BatchNorm layers are not trained: they are constants in inference mode.
        """
        constant = moving_statistics(self.network)
        groups = [(sorted(set(paths) - constant), rate) for paths, rate in rates_of(phase, self.network)]
        return [(paths, rate) for paths, rate in groups if paths]

    def encoder(self, position: int | None) -> Encoder:
        """Return the encoder up to a stage, compiled once."""
        if position not in self.encoders:
            self.encoders[position] = Encoder(self.network, self.environment, position)
        return self.encoders[position]

    def features(self, observations: Any) -> Any:
        """Return the trunk's features (N, size) as a tensor."""
        encoder = self.encoder(None)
        return encoder.features(encoder.compute(observations))

    def outputs(self, observations: Any) -> Any:
        """Return the head's outputs (N, …) for observations (N, …)."""
        return self.network.head(self.features(observations), training=False)

    def answer(self, observations: np.ndarray) -> np.ndarray:
        """Return the head's outputs for observations: in NumPy for dense layers, otherwise compiled."""
        if self.mirror is not None:
            return self.mirror(observations)
        encoder = self.encoder(len(self.setup.backbone.stages) - 1 if self.keeps_features else None)
        return encoder.answer(encoder.rows(observations))

    def refresh(self, keep: Encoder | None = None) -> None:
        """Update the NumPy copy after a change of variables, and forget the results of all encoders but one."""
        self.scale.refresh()
        if self._mirror is not None:
            self._mirror.refresh()
        for encoder in self.encoders.values():
            if encoder is not keep:
                encoder.forget()

    def seeds(self, count: int, *parts: int | str) -> list[int]:
        """Return seeds for episodes, each a function of the run's seed and the parts."""
        return [derive(self.setup.seed, *parts, number) % 2**31 for number in range(count)]
