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
    advises: ClassVar[Mapping[str, float | str]] = {"head_rate": 1e-3, "tuned_rate": 3e-4}

    environments: PositiveInt = Field(default=8, description="number of parallel environments")
    rollout: PositiveInt = Field(default=32, description="steps in each environment between two updates")
    updates: PositiveInt = Field(default=64, description="gradient steps per update")
    memory: PositiveInt = Field(default=50_000, description="steps in the replay memory")
    warmup: int = Field(default=1_000, ge=0, description="steps before the first update")
    target: PositiveInt = Field(default=4, description="updates between two copies to the target network")
    discount: float = Field(default=0.99, gt=0, le=1, description="discount factor of rewards for each step")
    exploring: float = Field(default=0.2, gt=0, le=1, description="share of a phase in which exploration decreases")
    chance: float = Field(default=0.05, ge=0, le=1, description="probability of a random action after that")
    acts: Literal["greedy"] = Field(default="greedy", description="actions in evaluation")
    episodes: PositiveInt = Field(default=20, description="validation episodes of a phase")

    def build(self, size: int, task: Any, seed: int) -> keras.Model:
        """Return (batch, size) to values. Raises UsageError if actions are continuous."""
        import keras

        if task.continuous:
            raise UsageError("q-values needs discrete actions, but the actions are numbers", "use --head policy")
        inputs = keras.Input((size,), name="features")
        kernel = keras.initializers.Orthogonal(1.0, seed)
        values = keras.layers.Dense(task.actions, kernel_initializer=kernel, dtype="float32", name="values")(inputs)
        return keras.Model(inputs, values, name="head")
