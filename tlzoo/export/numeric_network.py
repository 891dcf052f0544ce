"""The part of a network that takes numbers, for formats without strings."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import ExportError

if TYPE_CHECKING:
    import keras

    from tlzoo.export.contract import ServingModel

__all__ = ["numeric_inputs", "numeric_network", "numeric_tensors", "sample_inputs"]


def numeric_network(model: ServingModel) -> keras.Model:
    """Return the network from numbers to predictions (N, C).

    It is the whole network, unless samples are strings: then it is the part after ``preprocessing.normalize``, which
    converts them to token ids. Variables are shared.

    Raises ExportError if there is no such part.
    """
    if model.preprocessing.dtype != "string":
        return model.network
    import keras

    tensors = _after_tokenizer(model)
    single = len(tensors) == 1
    above = keras.Model(tensors[0] if single else tensors, model.network.outputs[0], name="above_tokenizer")
    named = {
        name: keras.Input(each.shape[1:], dtype=each.dtype, name=name)
        for name, each in zip(_ready_names(model), tensors, strict=True)
    }
    inputs = list(named.values())
    return keras.Model(inputs[0] if single else named, above(inputs[0] if single else inputs), name="tlzoo")


def sample_inputs(model: ServingModel, batch: Any) -> dict[str, np.ndarray]:
    """Return a batch of samples (N, …) as the input of the whole network, by name; strings as bytes (dtype S)."""
    values = np.asarray(batch)
    if values.dtype.kind in "OU":
        values = np.array([each.encode() if isinstance(each, str) else each for each in values.tolist()], "S")
    return {model.network.inputs[0].name: values}


def numeric_inputs(model: ServingModel, batch: Any) -> dict[str, np.ndarray]:
    """Return a batch of samples (N, …) as the inputs of ``numeric_network``, by name."""
    if model.preprocessing.dtype != "string":
        return sample_inputs(model, batch)
    ready = _tokenizer(model.preprocessing.normalize, tuple(model.preprocessing.shape))(batch)
    return dict(zip(_ready_names(model), map(np.asarray, ready), strict=True))


@lru_cache(maxsize=1)
def _tokenizer(normalize: keras.layers.Layer, shape: tuple[int, ...]) -> Callable[[Any], list[Any]]:
    """Return a tokenizer as a graph: the steps of a long text take seconds one by one."""
    import keras
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *shape), tf.string)]
    graph: Callable[[Any], list[Any]] = tf.function(
        lambda texts: keras.tree.flatten(normalize(texts)), input_signature=signature, autograph=False
    )
    return graph


def numeric_tensors(model: ServingModel, samples: Any) -> dict[str, Any]:
    """Return a tensor of samples (N, …) as the inputs of ``numeric_network``, by name."""
    if model.preprocessing.dtype != "string":
        return {model.network.inputs[0].name: samples}
    import keras

    ready = keras.tree.flatten(model.preprocessing.normalize(samples))
    return dict(zip(_ready_names(model), ready, strict=True))


def _ready_names(model: ServingModel) -> list[str]:
    """Return the names of the outputs of ``preprocessing.normalize``, in Keras's order."""
    import keras

    preprocessing = model.preprocessing
    ready = preprocessing.normalize.compute_output_spec(
        keras.KerasTensor((None, *preprocessing.shape), dtype=preprocessing.dtype)
    )
    if isinstance(ready, dict):
        return sorted(ready)
    several = keras.tree.flatten(ready)
    return ["token_ids"] if len(several) == 1 else [f"input_{number}" for number in range(len(several))]


def _after_tokenizer(model: ServingModel) -> list[Any]:
    """Return the symbolic outputs of ``preprocessing.normalize`` in the network."""
    import keras

    for nodes in model.network._nodes_by_depth.values():
        for node in nodes:
            if node.operation is model.preprocessing.normalize:
                return list(keras.tree.flatten(node.output_tensors))
    raise ExportError("the network takes strings, and its tokenizer is not a layer of it", "use saved-model or keras")
