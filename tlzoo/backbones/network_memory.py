"""Memory of a network that was never built, estimated from its shapes before any variable is allocated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import settings
from tlzoo.errors import EntryError
from tlzoo.process.memory import VARIABLE, format_bytes, memory_limit

if TYPE_CHECKING:
    import keras

__all__ = ["NetworkSize", "network_size", "require_memory"]

_BYTES = 4
"""Of a float32 number."""
_PENDING = "uninitialized_variables"
"""Keras's list of variables to allocate at the end of a stateless scope."""


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Number of parameters, and number of values in the largest tensor that a network computes for one sample."""

    parameters: int
    largest: int

    @property
    def bytes(self) -> int:
        """Memory that loading and computing need at least: the weights twice, and input and output of one operation."""
        return _BYTES * 2 * (self.parameters + self.largest)


def require_memory(what: str, build: Callable[[], keras.Model], length: int | None = None) -> None:
    """Refuse a network that does not fit into memory, before it is built, if ``settings().estimate_memory``.

    Loaders call this where the sizes of a network come from a file.

    Args:
        what: Start of messages: the entry's id.
        build: Builds the network without its weights; its variables are not allocated.
        length: Length of its inputs, if their shape has none: a number of tokens.

    Raises:
        EntryError: If it needs more memory than the limit of this process.
    """
    if not settings().estimate_memory:
        return
    size, limit = network_size(build, length), memory_limit()
    if size.bytes > limit.bytes:
        raise EntryError(
            f"{what} needs at least {format_bytes(size.bytes)} of memory ({size.parameters:,} parameters, "
            f"{size.largest:,} values in one tensor); the limit is {limit}",
            f"use a smaller network, or a higher {VARIABLE}",
        )


def network_size(build: Callable[[], keras.Model], length: int | None = None) -> NetworkSize:
    """Return the size of a network from its graph for one sample; its variables are never allocated."""
    import keras
    import tensorflow as tf

    with _no_variables(), keras.StatelessScope(initialize_variables=False):
        network = build()
        parameters = sum(math.prod(each.shape) for each in network.weights)

        def spec(given: keras.KerasTensor) -> tf.TensorSpec:
            return tf.TensorSpec((1, *(length if each is None else each for each in given.shape[1:])), given.dtype)

        inputs = tf.nest.map_structure(spec, network.input)
        traced = tf.function(lambda samples: network(samples, training=False), autograph=False)
        operations: Any = traced.get_concrete_function(inputs).graph.get_operations()
    shapes = (output.shape for operation in operations for output in operation.outputs)
    return NetworkSize(parameters, max((shape.num_elements() or 0 for shape in shapes), default=0))


@contextmanager
def _no_variables() -> Iterator[None]:
    """Let Keras forget the variables that are made meanwhile: it would allocate them at the end of its next scope."""
    from keras.src.backend.common import global_state

    pending = list(global_state.get_global_attribute(_PENDING) or ())
    try:
        yield
    finally:
        global_state.set_global_attribute(_PENDING, pending)
