"""A policy as files that others read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.export import ServingModel, export_keras, export_saved_model

if TYPE_CHECKING:
    from pathlib import Path

    from tlzoo_rl.training.state import ControlState

__all__ = ["export"]


def export(state: ControlState, folder: Path) -> None:
    """Write ``model.keras`` and ``serving/``: observations to the odds of actions, or to numbers.

    Numbers are the action itself where it is numbers, cut to their bounds, and what each action is worth where values
    were learned.
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
    model = ServingModel(
        preprocessing=state.setup.backbone.preprocessing,
        network=state.network.whole(keras.Model(outputs, answers, name="answer")),
        classes=task.names,
        modality="rl",
        kind="classification" if odds else "regression",
    )
    export_keras(model, folder)
    export_saved_model(model, folder)
