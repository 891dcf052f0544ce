"""Serving model of a policy, for exporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.export import ServingModel
from tlzoo.tasks import Classification, Regression

if TYPE_CHECKING:
    from tlzoo_rl.training.state import ControlState

__all__ = ["serving_model"]


def serving_model(state: ControlState) -> ServingModel:
    """Return the network from observations to probabilities of actions, or to numbers.

    For continuous actions, the numbers are the action, clipped to its bounds. For action values, they are the values.
    """
    import keras

    task, head = state.environment.task, state.network.head
    outputs = keras.Input((head.output.shape[-1],), name="outputs")
    answers = outputs[:, : task.actions]
    odds = not task.continuous and state.head.trainer == "ppo"
    if odds:
        answers = keras.layers.Softmax(dtype="float32", name="odds")(answers)
    if task.continuous:
        low, high = task.bounds
        answers = keras.ops.minimum(keras.ops.maximum(answers, low), high)
    return ServingModel(
        preprocessing=state.setup.backbone.preprocessing,
        network=state.network.whole(keras.Model(outputs, answers, name="answer")),
        task=(Classification if odds else Regression)(task.names),
        modality="rl",
    )
