"""The policy head with its value, trained by PPO."""

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
    """A policy and a state value on the same features, trained by proximal policy optimization.

    Outputs are (batch, actions + 1): the logits of each action, then the value. For continuous actions they are
    (batch, 2 actions + 1): means, logarithms of standard deviations, value. The standard deviations do not depend on
    the input (Schulman et al. 2017, arXiv 1707.06347, section 6.1). With ``value_trunk`` "own", the first half of the
    features is for the policy, the second for the value.
    """

    name: ClassVar[str] = "policy"
    trainer: ClassVar[str | None] = "ppo"
    # a head phase delays learning: a new policy is nearly uniform, and a pretrained one needs no new head
    advises: ClassVar[Mapping[str, float | str]] = {"head_rate": 1e-3, "tuned_rate": 3e-4, "head_share": 0.0}

    begin: Literal["measured", "source", "new"] = Field(
        default="measured",
        description="start from the pretrained policy (source), a new one (new), or the one that is better in a few "
        "episodes here, or after a few rollouts of training (measured)",
    )
    environments: PositiveInt = Field(default=8, description="number of parallel environments")
    rollout: PositiveInt = Field(default=128, description="steps in each environment between two updates")
    passes: PositiveInt = Field(default=10, description="epochs of an update over a rollout")
    discount: float = Field(default=0.99, gt=0, le=1, description="discount factor of rewards for each step")
    trace: float = Field(default=0.95, ge=0, le=1, description="lambda of the advantages (arXiv 1506.02438)")
    clip: PositiveFloat = Field(default=0.2, description="clip range of the probability ratio around 1")
    entropy: float = Field(default=0.0, ge=0, description="weight of the policy's entropy bonus")
    value: float = Field(default=0.5, ge=0, description="weight of the value loss (squared error)")
    value_trunk: Literal["shared", "own"] = Field(
        default="shared",
        description="features for the value: those of the policy (shared), or of a separate new trunk (own)",
    )
    acts: Literal["greedy", "sampled"] = Field(
        default="greedy", description="actions in evaluation: the most probable action, or sampled"
    )
    episodes: PositiveInt = Field(default=20, description="validation episodes of a phase")

    def build(self, size: int, task: Any, seed: int) -> keras.Model:
        """Return (batch, size) to outputs; the initial policy is nearly uniform (arXiv 2006.05990, section 3.2)."""
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
            # the kernel on a constant one is a variable that does not depend on the input
            one = keras.layers.Rescaling(0.0, 1.0, dtype="float32", name="one")(value)
            spread = keras.layers.Dense(
                task.actions, use_bias=False, kernel_initializer="zeros", dtype="float32", name="log_deviation"
            )
            outputs.insert(1, spread(one))
        return keras.Model(inputs, keras.layers.Concatenate(dtype="float32", name="outputs")(outputs), name="head")

    def as_dense(self, weights: Mapping[str, np.ndarray], task: Any) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the policy's kernel (size, actions) and bias, without the value; None if actions are continuous."""
        kernel, bias = weights.get("policy/kernel"), weights.get("policy/bias")
        return None if task.continuous or kernel is None or bias is None else (kernel, bias)
