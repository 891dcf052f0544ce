"""RandAugment (Cubuk et al. 2019, arXiv 1909.13719): several random operations for each sample, at one magnitude.

Keras's layer draws the operations for the whole batch and computes all of them for the whole batch
(``tests/benchmarks/augmentation_speed.py`` has timings). Here each operation is computed only for the samples that drew
it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlzoo.modalities.vision.augmentation.colour import adjusted
from tlzoo.modalities.vision.augmentation.geometry import move, side, turn

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

__all__ = ["columns", "random_operations"]

_NAMES = (
    "identity",
    "autocontrast",
    "equalize",
    "solarize",
    "posterize",
    "sharpness",
    "rotate",
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
    "color",
    "contrast",
    "brightness",
)
"""The operations of the paper, grouped by ``_parts``."""

_PARTS = (0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 7, 7, 7)
_MOST_ROTATED, _MOST_SHEARED, _MOST_TRANSLATED, _MOST_ENHANCED, _MOST_BITS = math.radians(30), 0.3, 0.45, 0.9, 4
_VALUES = 256


def columns(options: ImageAugmentation) -> list[str]:
    """Return the names of random values for ``random_operations``: an operation and its direction for each slot."""
    return [f"{what} {slot}" for slot in range(options.randaugment) for what in ("operation", "direction")]


def random_operations(images: tf.Tensor, draws: Mapping[str, tf.Tensor], options: ImageAugmentation) -> tf.Tensor:
    """Return images (batch, height, width, channels), 0 to 255, after each slot's operation on each sample."""
    import tensorflow as tf

    strength = options.magnitude / 10
    for slot in range(options.randaugment):
        drawn = tf.cast(draws[f"operation {slot}"] * len(_NAMES), tf.int32)
        signed = strength * side(draws[f"direction {slot}"])
        part = tf.gather(tf.constant(_PARTS), drawn)
        rows = tf.dynamic_partition(tf.range(tf.size(drawn)), part, max(_PARTS) + 1)
        changed = [
            _for_some(operation, tf.gather(images, each), tf.gather(drawn, each), tf.gather(signed, each))
            for operation, each in zip(_parts(strength), rows, strict=True)
        ]
        images = tf.ensure_shape(tf.dynamic_stitch(rows, changed), images.shape)
    return images


def _for_some(operation: Any, images: tf.Tensor, drawn: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    """Compute the operation unless it has no samples."""
    import tensorflow as tf

    return tf.cond(tf.size(drawn) > 0, lambda: operation(images, drawn, signed), lambda: images)


def _parts(strength: float) -> list[Any]:
    """Return functions from (images, their operations, their signed strengths) to images."""
    return [
        lambda images, _drawn, _signed: images,
        lambda images, _drawn, _signed: _autocontrast(images),
        lambda images, _drawn, _signed: _equalized(images),
        lambda images, _drawn, _signed: _solarized(images, 256 * (1 - strength)),
        lambda images, _drawn, _signed: _posterized(images, 8 - round(_MOST_BITS * strength)),
        lambda images, _drawn, signed: _sharpened(images, 1 + _MOST_ENHANCED * signed),
        _moved,
        _enhanced,
    ]


def _moved(images: tf.Tensor, drawn: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    def only(name: str, most: float) -> tf.Tensor:
        return tf.where(drawn == _NAMES.index(name), most * signed, tf.zeros_like(signed))

    one = tf.ones_like(signed)
    slants = tf.stack([one, only("shear_x", _MOST_SHEARED), only("shear_y", _MOST_SHEARED), one], axis=-1)
    matrices = tf.reshape(slants, (-1, 2, 2)) @ turn(only("rotate", _MOST_ROTATED))
    return move(images, matrices, only("translate_x", _MOST_TRANSLATED), only("translate_y", _MOST_TRANSLATED))


def _enhanced(images: tf.Tensor, drawn: tf.Tensor, signed: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    brightness, contrast, saturation = (
        1 + tf.where(drawn == _NAMES.index(name), _MOST_ENHANCED * signed, tf.zeros_like(signed))
        for name in ("brightness", "contrast", "color")
    )
    return adjusted(images, brightness, contrast, saturation, tf.zeros_like(signed))


def _autocontrast(images: tf.Tensor) -> tf.Tensor:
    """Stretch each channel of each image to 0..255; a constant channel is unchanged."""
    import tensorflow as tf

    low, high = tf.reduce_min(images, (1, 2), keepdims=True), tf.reduce_max(images, (1, 2), keepdims=True)
    return tf.where(high > low, (images - low) * tf.math.divide_no_nan(255.0, high - low), images)


def _equalized(images: tf.Tensor) -> tf.Tensor:
    """Equalize the histogram of each channel of each image, as Pillow does.

    Keras's Equalization uses one histogram of the whole batch.
    """
    import tensorflow as tf

    height, width, channels = images.shape[1:]
    values = tf.cast(tf.round(tf.reshape(tf.transpose(images, (0, 3, 1, 2)), (-1, height * width))), tf.int32)
    counts = tf.math.bincount(values, minlength=_VALUES, maxlength=_VALUES, axis=-1)
    of_highest = tf.gather(counts, tf.reduce_max(values, axis=1), batch_dims=1)
    step = ((height * width - of_highest) // (_VALUES - 1))[:, tf.newaxis]
    places = (step // 2 + tf.cumsum(counts, axis=1, exclusive=True)) // tf.maximum(step, 1)
    places = tf.where(step > 0, tf.minimum(places, _VALUES - 1), tf.range(_VALUES))
    equalized = tf.cast(tf.gather(places, values, batch_dims=1), tf.float32)
    return tf.transpose(tf.reshape(equalized, (-1, channels, height, width)), (0, 2, 3, 1))


def _solarized(images: tf.Tensor, threshold: float) -> tf.Tensor:
    import tensorflow as tf

    return tf.where(images < threshold, images, 255.0 - images)


def _posterized(images: tf.Tensor, bits: int) -> tf.Tensor:
    import tensorflow as tf

    step = float(2 ** (8 - bits))
    return tf.floor(images / step) * step


def _sharpened(images: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Smooth (factors below 1) or sharpen an image; the border is unchanged, as in Pillow."""
    import numpy as np
    import tensorflow as tf

    height, width, channels = images.shape[1:]
    kernel = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float32)[..., np.newaxis, np.newaxis] / 13
    smoothed = tf.nn.depthwise_conv2d(images, np.repeat(kernel, channels, axis=2), (1, 1, 1, 1), "SAME")
    inside = np.zeros((1, height, width, 1), np.float32)
    inside[:, 1:-1, 1:-1] = 1
    sharpness = tf.cast(factors - 1, tf.float32)[:, tf.newaxis, tf.newaxis, tf.newaxis] * inside
    return tf.clip_by_value(images + sharpness * (images - smoothed), 0.0, 255.0)
