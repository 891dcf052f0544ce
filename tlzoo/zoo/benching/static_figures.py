"""Machine-independent facts of a backbone: parameters, FLOPs and feature shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tlzoo.errors import EntryError
from tlzoo.registry import Entry, Measured

from .multiply_adds import CALLS, multiply_adds

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.backbones import Backbone

__all__ = ["measure_backbone", "measure_static"]


def measure_static(entry: Entry | str) -> Measured:
    """Return an entry's parameters, FLOPs and feature shape at its declared input size.

    They do not depend on the weights. Random weights are used if the loader supports them, so no files need to be on
    this machine. Raises EntryError and PluginError if the entry cannot be loaded.
    """
    from tlzoo.backbones import LoadRequest, load_backbone

    try:
        backbone = load_backbone(entry, LoadRequest(weights="random"))
    except EntryError:
        backbone = load_backbone(entry)
    return measure_backbone(backbone)


def measure_backbone(backbone: Backbone) -> Measured:
    """Return the static facts of a loaded backbone, from its graph for one sample."""
    import tensorflow as tf

    preprocessing = backbone.preprocessing
    blank = tf.fill((1, *preprocessing.shape), "" if preprocessing.dtype == "string" else 0)
    ready = preprocessing.normalize(blank if preprocessing.dtype == "string" else tf.cast(blank, preprocessing.dtype))
    signature = tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), ready)
    function = tf.function(lambda inputs: backbone.model(inputs, training=False), autograph=False)
    forward = function.get_concrete_function(signature)
    output = tf.nest.flatten(forward.structured_outputs)[0]
    if not output.shape.is_fully_defined():
        output = tf.nest.flatten(backbone.model(ready, training=False))[0]
    return Measured(
        parameters=sum(math.prod(variable.shape) for variable in backbone.model.weights),
        flops=_flops(forward),
        feature_shape=tuple(output.shape[1:]),
    )


def _flops(forward: Any) -> int | None:
    """Return FLOPs as 2 x multiply-adds of a traced forward pass, for convolutions and matrix products only.

    None if the graph has loops of unknown length, or an unknown shape.
    """
    counts = _counts(forward.graph)
    if None in counts:
        # A SavedModel is one call; its inner shapes are known only after inlining.
        counts = _counts(_inlined(forward).graph)
    return None if None in counts else 2 * sum(count for count in counts if count is not None)


def _counts(graph: Any) -> list[int | None]:
    return [multiply_adds(operation) for operation in _operations(graph)]


def _operations(graph: Any) -> Iterator[tf.Operation]:
    """Yield the operations of a graph, including those of called functions.

    Keras calls a function for each grouped convolution, because it compiles these on the CPU. A call is yielded itself
    if only the definition of its function remains, without shapes.
    """
    for operation in graph.get_operations():
        function = graph._get_function(operation.get_attr("f").name) if operation.type in CALLS else None  # noqa: SLF001
        called = getattr(function, "graph", None)
        if called is None:
            yield operation
        else:
            yield from _operations(called)


def _inlined(forward: Any) -> Any:
    """Return the function with inlined calls. Variables become constants, so all weights are copied."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(forward)
