"""Size of activations, from the shapes of a Keras graph only, without tracing, allocation or computation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.training.network import Network

__all__ = ["ActivationBytes", "activation_bytes", "head_bytes"]

_STRING = 256
"""Assumed size of a string in bytes."""

_REUSING = {
    "Activation",
    "Add",
    "BatchNormalization",
    "Dropout",
    "GaussianDropout",
    "Identity",
    "Multiply",
    "Normalization",
    "ReLU",
    "Rescaling",
    "SpatialDropout2D",
}
"""Layers that may reuse the buffer of an input for the output."""

_REUSING_IN_TRAINING = {"Add", "Identity", "ReLU"}
"""In-place layers with a gradient that does not need the input."""

_VIEWS = {"Flatten", "Reshape", "Squeeze", "ExpandDims"}
_RECTIFIERS = {"relu", "relu6", "linear"}
_KEPT_BESIDE = {"LayerNormalization": 2, "gelu": 2}
"""Number of extra tensors of the output's size that training keeps, for layers with several operations."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation: its input and output buffers, and additional bytes.

    ``within`` are temporary; ``beside`` are those that training keeps in addition.
    """

    reads: tuple[int, ...]
    writes: tuple[int, ...]
    reusing: bool
    reusing_in_training: bool
    view: bool
    within: int
    beside: int


class ActivationBytes:
    """Bytes of one sample's activations in a model.

    ``live`` is the peak of inference, in the order of Keras's operations, including inputs and
    outputs. ``kept`` is held for gradients at the end of the forward pass of a training step; ``most``
    is the largest single tensor.
    """

    def __init__(self, model: Any) -> None:
        graph = _Graph()
        model = getattr(model, "_functional", None) or model
        inputs = {id(tensor): graph.add(tensor) for tensor in model.inputs}
        bound = graph.run(model, inputs)
        self._sizes, self._steps = graph.sizes, graph.steps
        self._inputs = frozenset(inputs.values())
        self._outputs = frozenset(bound[id(tensor)] for tensor in model.outputs)

    @cached_property
    def live(self) -> int:
        """Return the peak bytes per sample in inference."""
        return max(peak for peak, _ in self._run(training=False))

    @cached_property
    def kept(self) -> int:
        """Return the bytes per sample that a training step keeps for the backward pass."""
        return max(held for _, held in self._run(training=True))

    @cached_property
    def most(self) -> int:
        """Return the bytes of the largest tensor of one sample."""
        return max((*self._sizes, *(step.within for step in self._steps)))

    def _run(self, *, training: bool) -> Iterator[tuple[int, int]]:
        """Yield the bytes during and after each operation."""
        readers = [0] * len(self._sizes)
        for step in self._steps:
            for each in set(step.reads):
                readers[each] += 1
        for each in self._outputs:
            readers[each] += 1
        place = list(range(len(self._sizes)))  # the buffer of each tensor
        users = list(readers)
        size = list(self._sizes)
        held = sum(size[each] for each in self._inputs)
        yield held, held
        for step in self._steps:
            new = 0
            reusing = step.reusing_in_training if training else step.reusing
            for written in step.writes:
                found = next(
                    (place[read] for read in step.reads if self._fits(step, read, written, place, users)), None
                )
                if found is not None and (step.view or reusing):
                    place[written] = found
                    users[found] += readers[written]
                else:
                    new += size[written]
            held += new + (step.within + step.beside if training else 0)
            yield held + (0 if training else step.within), held
            for read in set(step.reads):
                users[place[read]] -= 1
                if not training and users[place[read]] == 0:
                    held -= size[place[read]]

    def _fits(self, step: _Step, read: int, written: int, place: list[int], users: list[int]) -> bool:
        """Return whether an output can reuse an input's buffer: a view always, others if nothing else reads it."""
        if self._sizes[place[read]] < self._sizes[written]:
            return False
        return step.view or (users[place[read]] == 1 and self._sizes[place[read]] == self._sizes[written])


def activation_bytes(model: Any) -> ActivationBytes:
    """Return the bytes of one sample's activations in a functional Keras model, nested models included.

    A layer with inner layers counts their outputs by the widths of their kernels, and the scores of
    attention. A SavedModel counts only inputs and outputs, because its operations are unknown. Unknown lengths count
    as one. Example::

        activation_bytes(keras.applications.ResNet50(weights=None)).live  # bytes of one image of 224 x 224 pixels
    """
    return ActivationBytes(model)


def head_bytes(network: Network) -> tuple[float, float]:
    """Return the bytes of one sample's activations in the head that training keeps, and of the largest one.

    0 for a head on vectors, because they are small compared with its inputs.
    """
    if network.takes == "vector":
        return 0.0, 0.0
    found = activation_bytes(_at_sizes(network.head, network.inputs.tensors))
    return float(found.kept), float(found.most)


def _at_sizes(head: Any, tensors: Sequence[Any]) -> Any:
    """Return a head with unknown input sizes as one with the sizes of these tensors and the same layers."""
    import keras

    if all(None not in each.shape[1:] for each in head.inputs):
        return head
    inputs = [
        keras.Input(tensor.shape[1:], dtype=each.dtype) for each, tensor in zip(head.inputs, tensors, strict=True)
    ]
    given = inputs if len(inputs) > 1 else inputs[0]
    return keras.models.clone_model(head, input_tensors=given, clone_function=lambda layer: layer)


class _Graph:
    """The operations of a model in order, with those of nested models in place."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.steps: list[_Step] = []

    def add(self, tensor: Any) -> int:
        self.sizes.append(_bytes(tensor))
        return len(self.sizes) - 1

    def run(self, model: Any, bound: dict[int, int]) -> dict[int, int]:
        """Append the model's operations; return the buffer of each tensor. ``bound`` has those of the inputs."""
        bound = dict(bound)
        for depth in sorted(model._nodes_by_depth, reverse=True):
            for node in model._nodes_by_depth[depth]:
                if not node.is_input:
                    self._run_node(node, bound)
        return bound

    def _run_node(self, node: Any, bound: dict[int, int]) -> None:
        operation = getattr(node.operation, "_functional", None) or node.operation
        reads = [bound[id(tensor)] for tensor in node.input_tensors]
        if hasattr(operation, "_nodes_by_depth"):
            inner = dict(zip(map(id, operation.inputs), reads, strict=False))
            found = self.run(operation, inner)
            bound.update(
                zip(map(id, node.output_tensors), (found[id(each)] for each in operation.outputs), strict=True)
            )
            return
        writes = [self.add(tensor) for tensor in node.output_tensors]
        bound.update(zip(map(id, node.output_tensors), writes, strict=True))
        kind = type(operation).__name__
        function = getattr(operation.activation, "__name__", "") if kind == "Activation" else ""
        self.steps.append(
            _Step(
                reads=tuple(reads),
                writes=tuple(writes),
                reusing=kind in _REUSING,
                reusing_in_training=kind in _REUSING_IN_TRAINING or function in _RECTIFIERS,
                view=kind in _VIEWS,
                within=_within(operation, node),
                beside=_KEPT_BESIDE.get(function or kind, 0) * sum(self.sizes[each] for each in writes),
            )
        )


def _within(operation: Any, node: Any) -> int:
    """Return the bytes of intermediate outputs of a layer with inner layers, per sample."""
    parts = [each for each in getattr(operation, "_flatten_layers", lambda **_: [])(include_self=True) if each.weights]
    if len(parts) <= 1 or not node.output_tensors:
        return 0
    positions = _positions(node.output_tensors[0].shape)
    size = _itemsize(node.output_tensors[0].dtype)
    widths = sum(int(each.kernel.shape[-1]) for each in parts if getattr(each, "kernel", None) is not None)
    heads = sum(int(getattr(each, "num_heads", 0) or 0) for each in parts)
    return size * (positions * widths + 2 * heads * positions**2)


def _positions(shape: Sequence[int | None]) -> int:
    return math.prod(length or 1 for length in shape[1:-1])


def _bytes(tensor: Any) -> int:
    elements: int = math.prod(length or 1 for length in tensor.shape[1:])
    return elements * _itemsize(tensor.dtype)


def _itemsize(dtype: str) -> int:
    if dtype == "string":
        return _STRING
    return 2 if dtype == "bfloat16" else int(np.dtype(dtype).itemsize)
