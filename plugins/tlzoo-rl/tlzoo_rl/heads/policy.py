"""A policy and its value, which PPO trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from tlzoo.heads import Head

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["Policy"]


class Policy(Head):
    """What to do and what it is worth, from the same features; trained by proximal policy optimization.

    Outputs are (batch, actions + 1), the value last: before it the logits of each action; or, where an action is
    numbers, their means and then the logarithms of their standard deviations, (batch, 2 actions + 1). Those depend on
    nothing (Schulman et al. 2017, arXiv 1707.06347, section 6.1). With ``value_trunk`` "own" the first half of the
    features is the policy's, the second the value's.
    """

    name: ClassVar[str] = "policy"
    trainer: ClassVar[str | None] = "ppo"
    advises: ClassVar[Mapping[str, float]] = {"head_rate": 1e-3, "tuned_rate": 3e-4}

    begin: Literal["measured", "source", "new"] = Field(
        default="measured",
        description="begin with the pretrained policy (source), a new one, or with the pretrained one only if it "
        "returns more than a new one in a few episodes here (measured)",
    )
    environments: PositiveInt = Field(default=8, description="environments that act at the same time")
    rollout: PositiveInt = Field(default=128, description="steps in each of them between two updates")
    passes: PositiveInt = Field(default=10, description="times that an update goes over what was seen")
    discount: float = Field(default=0.99, gt=0, le=1, description="what a reward one step later is worth")
    trace: float = Field(default=0.95, ge=0, le=1, description="lambda of the advantages (arXiv 1506.02438)")
    clip: PositiveFloat = Field(default=0.2, description="most that the ratio of probabilities may pull from 1")
    entropy: float = Field(default=0.0, ge=0, description="weight of the policy's entropy")
    value: float = Field(default=0.5, ge=0, description="weight of the value's squared error")
    value_trunk: Literal["shared", "own"] = Field(
        default="shared", description="what the value sees: the policy's features, or those of a new trunk of its own"
    )
    acts: Literal["greedy", "sampled"] = Field(
        default="greedy", description="how it acts when it is measured: by the likeliest action, or by its odds"
    )
    episodes: PositiveInt = Field(default=20, description="episodes that judge a phase")

    def build(self, size: int, task: Any, seed: int) -> keras.Model:
        """Return (batch, size) to outputs; the policy begins nearly indifferent (arXiv 2006.05990, section 3.2)."""
        import keras

        inputs = keras.Input((size,), name="features")
        half = size // 2
        acting, judging = (inputs[:, :half], inputs[:, half:]) if self.value_trunk == "own" else (inputs, inputs)
        policy = keras.layers.Dense(
            task.actions, kernel_initializer=keras.initializers.Orthogonal(0.01, seed), dtype="float32", name="policy"
        )(acting)
        value = keras.layers.Dense(
            1, kernel_initializer=keras.initializers.Orthogonal(1.0, seed + 1), dtype="float32", name="value"
        )(judging)
        outputs = [policy, value]
        if task.continuous:
            # of a constant one, a kernel is a variable that depends on no input
            one = keras.layers.Rescaling(0.0, 1.0, dtype="float32", name="one")(value)
            spread = keras.layers.Dense(
                task.actions, use_bias=False, kernel_initializer="zeros", dtype="float32", name="log_deviation"
            )
            outputs.insert(1, spread(one))
        return keras.Model(inputs, keras.layers.Concatenate(dtype="float32", name="outputs")(outputs), name="head")

    def as_dense(self, weights: Mapping[str, np.ndarray], task: Any) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the policy's kernel (size, actions) and bias, without the value; None where actions are numbers."""
        kernel, bias = weights.get("policy/kernel"), weights.get("policy/bias")
        return None if task.continuous or kernel is None or bias is None else (kernel, bias)
