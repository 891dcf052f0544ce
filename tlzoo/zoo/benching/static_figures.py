"""Machine-independent facts of a backbone: parameters, FLOPs and feature shape."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tlzoo.errors import EntryError
from tlzoo.registry import Entry, Measured

from .distinct_calls import DistinctCalls
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
    calls = DistinctCalls()
    traced = tf.function(lambda inputs: calls.trace(backbone.model, inputs), autograph=False)
    forward = traced.get_concrete_function(signature)
    flops = _flops(forward.graph, calls.repeated)
    if flops is None:
        # A SavedModel is one call; its inner shapes are known only after inlining.
        whole = tf.function(lambda inputs: backbone.model(inputs, training=False), autograph=False)
        flops = _flops(_inlined(whole.get_concrete_function(signature)).graph)
    output = forward.structured_outputs
    if not output.shape.is_fully_defined():
        output = tf.nest.flatten(backbone.model(ready, training=False))[0]
    return Measured(
        parameters=sum(math.prod(variable.shape) for variable in backbone.model.weights),
        flops=flops,
        feature_shape=tuple(output.shape[1:]),
    )


def _flops(graph: Any, repeated: Iterable[slice] = ()) -> int | None:
    """Return FLOPs as 2 x multiply-adds of a traced forward pass, for convolutions and matrix products only.

    ``repeated`` are operations that count once more for each occurrence. None if the graph has loops of unknown length,
    or an unknown shape.
    """
    operations = graph.get_operations()
    counts = [_multiply_adds(graph, operation) for operation in operations]
    if None in counts:
        return None
    return 2 * sum(sum(count or 0 for count in counts[part]) for part in (slice(None), *repeated))


def _multiply_adds(graph: Any, operation: tf.Operation) -> int | None:
    """Return the multiply-adds of an operation, including those of a called function.

    Keras calls a function for each grouped convolution, because it compiles these on the CPU. None if only the
    definition of the function remains, without shapes.
    """
    function = graph._get_function(operation.get_attr("f").name) if operation.type in CALLS else None  # noqa: SLF001
    called = getattr(function, "graph", None)
    if called is None:
        return multiply_adds(operation)
    counts = [_multiply_adds(called, each) for each in called.get_operations()]
    return None if None in counts else sum(count or 0 for count in counts)


def _inlined(forward: Any) -> Any:
    """Return the function with inlined calls. Variables become constants, so all weights are copied."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(forward)
