"""State of a run in an environment: the network, restorable variables, and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training import Checkpoints, Network, derive
from tlzoo_rl.environments import ControlEnvironment
from tlzoo_rl.networks.loading import as_it_is
from tlzoo_rl.training.mirror import Mirror, mirror
from tlzoo_rl.training.running_statistics import Moving
from tlzoo_rl.training.value_scale import ValueScale

if TYPE_CHECKING:
    from tlzoo.training import Setup
    from tlzoo_rl.training.initial_policy import InitialPolicy
    from tlzoo_rl.training.race_result import Policy

__all__ = ["ControlState"]


@dataclass(slots=True)
class ControlState:
    """``head`` is a Policy or QValues; ``budget`` counts steps in the environment.

    ``initial_policy`` is that of the run, if it was measured; ``policies`` are the head's weights of the possible ones.
    ``checkpoints`` is set when the variables have their values before the first phase.
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
    _answer: Any = None
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

    def features(self, observations: Any) -> Any:
        """Return the trunk's features (N, size) as a tensor; traceable."""
        import tensorflow as tf

        preprocessing = self.setup.backbone.preprocessing
        if preprocessing.prepare is not as_it_is:
            specification = tf.TensorSpec(preprocessing.shape, preprocessing.dtype)
            observations = tf.map_fn(preprocessing.prepare, observations, fn_output_signature=specification)
        severed = self._severed()
        return severed.above(severed.below(observations, training=False), training=False)

    def outputs(self, observations: Any) -> Any:
        """Return the head's outputs (N, …) for observations (N, …); traceable."""
        return self.network.head(self.features(observations), training=False)

    def answer(self, observations: np.ndarray) -> np.ndarray:
        """Return the head's outputs for observations: in NumPy for dense layers, otherwise compiled."""
        import tensorflow as tf

        if self._answer is None:
            specification = tf.TensorSpec((None, *self.environment.observation_shape), self.environment.dtype)
            self._mirror = mirror(self.network)
            self._answer = tf.function(self.outputs, input_signature=[specification], autograph=False)
        if self._mirror is not None:
            return self._mirror(observations)
        return np.asarray(self._answer(observations))

    def refresh(self) -> None:
        """Update the NumPy copy after a change of variables."""
        self.scale.refresh()
        if self._mirror is not None:
            self._mirror.refresh()

    def seeds(self, count: int, *parts: int | str) -> list[int]:
        """Return seeds for episodes, each a function of the run's seed and the parts."""
        return [derive(self.setup.seed, *parts, number) % 2**31 for number in range(count)]

    def _severed(self) -> Any:
        if "severed" not in self.compiled:
            self.compiled["severed"] = self.network.sever(None)
        return self.compiled["severed"]
