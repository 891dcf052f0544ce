"""A Keras model from raw inputs to predictions: backbone, head and task, ready to compile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.tasks import Labels, Task, TaskOptions

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones.keras_layer import Trainable
    from tlzoo.heads import Head
    from tlzoo.zoo.loaded_backbone import LoadedBackbone

__all__ = ["build_model", "task_named"]

_TWO = 2


def build_model(
    backbone: LoadedBackbone,
    head: Head,
    task: Task,
    *,
    trainable: Trainable,
    labels: Labels | None,
    input_shape: tuple[int | None, ...] | None,
    seed: int,
) -> keras.Model:
    """Return the model from raw inputs (batch, …) to predictions (batch, names), float32.

    ``input_shape`` is the shape of one raw input; None means images (height, width, 3) of any size, or one text.
    ``labels`` are the training labels, if predictions depend on them, as regression does on their scale. Raises
    UsageError if the head needs features that the backbone does not have.
    """
    import keras

    from tlzoo.backbones.keras_layer import layer_of
    from tlzoo.training import Network
    from tlzoo.zoo.raw_batches import raw_input

    network = Network(backbone, head, task, seed)
    answer = task.criterion(_some_labels(task) if labels is None else labels, TaskOptions(), {}).answer_layer()
    inputs = raw_input(backbone, backbone.entry, input_shape)
    layer = layer_of(
        backbone, backbone.entry, backbone.request, network.inputs.tensors, trainable, "frozen", name="backbone"
    )
    return keras.Model(inputs, answer(network.head(layer(inputs))), name="tlzoo")


def task_named(task: Task | str, names: Sequence[str] | int | None) -> Task:
    """Return a task with these classes or targets, or this number of them; raise UsageError for an unknown task."""
    from tlzoo.tasks import find_task, task_kinds

    if not isinstance(task, str):
        return task
    found = find_task(task)
    if found is None:
        raise UsageError(f"no task {task!r}", did_you_mean(task, task_kinds()))
    if names is None:
        raise UsageError(f"{task} needs classes or targets", "give their names or their number: classes=10")
    return found.of_names([str(each) for each in range(names)] if isinstance(names, int) else list(names))


def _some_labels(task: Task) -> Labels:
    """Return labels of two samples that are valid for the task; numbers have mean 0 and standard deviation 1."""
    for labels in _candidates(len(task.names)):
        if task.refusal(labels, _TWO) is None:
            return labels
    raise UsageError(f"a model for {task.kind} depends on its labels", "give the training labels: labels=…")


def _candidates(names: int) -> Iterator[Labels]:
    yield np.array([[-1.0] * names, [1.0] * names], np.float32)
    yield np.array([[0.0] * names, [1.0] * names], np.float32)
    yield np.zeros(_TWO, np.int64)
