"""Serving model of a policy, for exporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.export import ServingModel
from tlzoo.modalities import RawReader
from tlzoo.tasks import Classification, Regression
from tlzoo_rl.modality import Observations
from tlzoo_rl.networks.frames import stack_preprocessing, whole_network
from tlzoo_rl.networks.loading import as_it_is

if TYPE_CHECKING:
    from tlzoo_rl.training.state import ControlState

__all__ = ["serving_model"]


def serving_model(state: ControlState) -> ServingModel:
    """Return the network from observations to probabilities of actions, or to numbers.

    The serving signature takes raw observations: images as arrays, stacks of them, texts.
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
    environment = state.environment
    return ServingModel(
        preprocessing=stack_preprocessing(state.setup.backbone.preprocessing, environment.frames),
        network=whole_network(state.network, environment.frames, keras.Model(outputs, answers, name="answer")),
        task=(Classification if odds else Regression)(task.names),
        modality=Observations.name,
        reader=RawReader(Observations.argument, as_it_is, environment.dtype, environment.observation_shape),
    )
