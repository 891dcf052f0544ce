"""Class activation maps: image regions that support a predicted class.

Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2) weights the channels of the map by the mean
gradient of the class's logit, sums them, and drops negative values. With a linear head on averaged features this is
the class activation map (Zhou et al. 2016, arXiv 1512.04150) up to a factor, which scaling removes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import keras

    from tlzoo.training.network import Network

__all__ = ["activation_maps", "shaded"]

Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float32]]"
Bytes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"

_FEWEST_CELLS = 4
"""Maps with fewer cells per side have no useful location."""

_BATCH = 8
_OPACITY = 0.75


def activation_maps(
    network: Network, samples: Sequence[Any], outputs: Sequence[int], batch_size: int = _BATCH
) -> Floats | None:
    """Return class activation maps of one output per sample.

    The feature map is the backbone's output, or that of the highest stage with at least 4 x 4 cells.

    Args:
        network: The network.
        samples: Preprocessed samples (height, width, channels), the output of ``preprocessing.prepare``.
        outputs: Index of an output of the network for each sample.
        batch_size: Samples per batch.

    Returns:
        Maps (N, height, width), 0 to 1, in cells of the feature map; 0 if no cell supports the output. None if there is
        no feature map: the network does not take images, has no convolutions or cannot be cut, or its head takes the
        maps of several stages.
    """
    import tensorflow as tf

    parts = _parts(network)
    if parts is None or not len(samples):
        return None
    below, above = parts
    sample = network.backbone.preprocessing
    batches = [tf.TensorSpec((None, *sample.shape), sample.dtype)]
    mapped = tf.function(partial(below, training=False), input_signature=batches, autograph=False)
    maps = [
        _maps(
            mapped,
            above,
            network.head,
            np.stack(samples[start : start + batch_size]),
            outputs[start : start + batch_size],
        )
        for start in range(0, len(samples), batch_size)
    ]
    return np.concatenate(maps)


def shaded(sample: Any, heat: Floats) -> Bytes:
    """Return a sample in grey, overlaid with its activation map in colour.

    Args:
        sample: Image (height, width, channels), 0 to 255.
        heat: Activation map (rows, columns), 0 to 1.

    Returns:
        Image uint8 (height, width, 3).
    """
    from matplotlib import colormaps
    from PIL import Image

    height, width = np.shape(sample)[:2]
    grey = np.clip(np.asarray(sample, np.float32).mean(axis=-1, keepdims=True), 0, 255)
    cells = Image.fromarray(heat.astype(np.float32), mode="F").resize((width, height), Image.Resampling.BICUBIC)
    strength = np.clip(np.asarray(cells), 0, 1)
    opacity = _OPACITY * strength[..., np.newaxis]
    picture: Bytes = np.rint(grey * (1 - opacity) + colormaps["YlOrRd"](strength)[..., :3] * 255 * opacity).astype(
        np.uint8
    )
    return picture


def _parts(network: Network) -> tuple[keras.Model, keras.Model] | None:
    """Return the network below the map (samples to map) and above it (map to the head's input)."""
    stages = network.backbone.stages
    if network.takes == "pyramid":
        return None
    for position in reversed(range(len(stages))):
        cut = stages[position].cut
        if cut is None or len(cut) != 1 or not _is_map(tuple(cut[0].shape)):
            continue
        if position < len(stages) - 1:
            severed = network.sever(position)
            return (severed.below, severed.above) if severed.above is not None else None
        return _around_features(network, cut[0])
    return None


def _is_map(shape: tuple[int | None, ...]) -> bool:
    return len(shape) == 4 and all(side is not None and side >= _FEWEST_CELLS for side in shape[1:3])  # noqa: PLR2004


def _around_features(network: Network, features: Any) -> tuple[keras.Model, keras.Model] | None:
    """Return the networks below and above the backbone's output."""
    import keras

    preprocessing, model = network.backbone.preprocessing, network.backbone.model
    samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
    below = keras.Model(model.input, features)(preprocessing.normalize(samples))
    entering = network.inputs.tensors[0]
    if entering is features:  # the head takes the map directly; Keras does not allow a model without layers
        inputs = keras.Input(features.shape[1:], dtype=features.dtype)
        return keras.Model(samples, below), keras.Model(inputs, keras.layers.Identity(dtype=features.dtype)(inputs))
    return keras.Model(samples, below), keras.Model(features, entering)


def _maps(mapped: Any, above: keras.Model, head: keras.Model, samples: Any, outputs: Sequence[int]) -> Floats:
    """Return the maps of one batch, each scaled to a maximum of 1."""
    import tensorflow as tf

    cells = tf.cast(_single(mapped(samples)), tf.float32)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(cells)
        logits = head(above(cells, training=False), training=False)
        spoken = tf.reduce_sum(tf.gather(tf.cast(logits, tf.float32), np.asarray(outputs), batch_dims=1))
    weights = tf.reduce_mean(tape.gradient(spoken, cells), axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(weights * cells, axis=-1)).numpy()
    most = heat.max(axis=(1, 2), keepdims=True)
    scaled: Floats = np.divide(heat, most, out=np.zeros_like(heat), where=most > 0)
    return scaled


def _single(tensors: Any) -> Any:
    return tensors[0] if isinstance(tensors, (list, tuple)) else tensors
