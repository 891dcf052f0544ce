"""Values of actions, trained by DQN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, PositiveInt

from tlzoo.errors import UsageError
from tlzoo.heads import Head

if TYPE_CHECKING:
    import keras

__all__ = ["QValues"]


class QValues(Head):
    """The return of each action, (batch, actions); trained by deep Q-learning with two networks."""

    name: ClassVar[str] = "q-values"
    trainer: ClassVar[str | None] = "dqn"
    advises: ClassVar[Mapping[str, float]] = {"head_rate": 1e-3, "tuned_rate": 3e-4}

    environments: PositiveInt = Field(default=8, description="environments that act at the same time")
    rollout: PositiveInt = Field(default=32, description="steps in each of them between two updates")
    updates: PositiveInt = Field(default=64, description="batches that an update learns from")
    memory: PositiveInt = Field(default=50_000, description="steps that are remembered")
    warmup: int = Field(default=1_000, ge=0, description="steps before anything is learned")
    target: PositiveInt = Field(default=4, description="updates after which the target network follows")
    discount: float = Field(default=0.99, gt=0, le=1, description="what a reward one step later is worth")
    exploring: float = Field(default=0.2, gt=0, le=1, description="share of a phase over which chance goes down")
    chance: float = Field(default=0.05, ge=0, le=1, description="odds of a random action after that")
    acts: Literal["greedy"] = Field(default="greedy", description="how it acts when it is measured")
    episodes: PositiveInt = Field(default=20, description="episodes that judge a phase")

    def build(self, size: int, task: Any, seed: int) -> keras.Model:
        """Return (batch, size) to values. Raises UsageError where an action is numbers."""
        import keras

        if task.continuous:
            raise UsageError("q-values needs discrete actions, but the actions are numbers", "use --head policy")
        inputs = keras.Input((size,), name="features")
        kernel = keras.initializers.Orthogonal(1.0, seed)
        values = keras.layers.Dense(task.actions, kernel_initializer=kernel, dtype="float32", name="values")(inputs)
        return keras.Model(inputs, values, name="head")
