"""Static figures of a backbone: what does not depend on the machine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tlzoo.errors import EntryError
from tlzoo.registry import Entry, Measured

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.backbones import Backbone

__all__ = ["measure_backbone", "measure_static"]


def measure_static(entry: Entry | str) -> Measured:
    """Return an entry's parameters, FLOPs and feature shape at its declared input size.

    They do not depend on the values of the weights: random ones are used where the loader has them, so that nothing
    needs to be on this machine. Raises EntryError and PluginError where the entry cannot be loaded.
    """
    from tlzoo.backbones import LoadRequest, load_backbone

    try:
        backbone = load_backbone(entry, LoadRequest(weights="random"))
    except EntryError:
        backbone = load_backbone(entry)
    return measure_backbone(backbone)


def measure_backbone(backbone: Backbone) -> Measured:
    """Return the static figures of a loaded backbone, from one sample put through it."""
    import tensorflow as tf

    preprocessing = backbone.preprocessing
    blank = tf.fill((1, *preprocessing.shape), "" if preprocessing.dtype == "string" else 0)
    ready = preprocessing.normalize(blank if preprocessing.dtype == "string" else tf.cast(blank, preprocessing.dtype))
    output = tf.nest.flatten(backbone.model(ready, training=False))[0]
    return Measured(
        parameters=sum(math.prod(variable.shape) for variable in backbone.model.weights),
        flops=_flops(backbone, ready),
        feature_shape=tuple(output.shape[1:]),
    )


def _flops(backbone: Backbone, ready: Any) -> int | None:
    """Return 2 x multiply-adds of one forward pass: those of convolutions and products of matrices, nothing else.

    None where the graph has loops, whose length it does not tell, or a shape that is unknown.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    from tlzoo.zoo.multiply_adds import multiply_adds

    signature = tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), ready)
    function = tf.function(lambda inputs: backbone.model(inputs, training=False), autograph=False)
    # Variables become constants so that calls of functions are inlined: a SavedModel is one call.
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(signature))
    counts = [multiply_adds(operation) for operation in _operations(frozen)]
    return None if None in counts else 2 * sum(count for count in counts if count is not None)


def _operations(frozen: Any) -> list[tf.Operation]:
    return list(frozen.graph.get_operations())
