"""Brightness, contrast, saturation and hue as one affine map of colours.

Keras's RandomColorJitter converts to HSV and back, which is slow (``tests/benchmarks/augmentation_speed.py``), and
its random values depend on the position in the batch. Here, each operation is a matrix on red, green and blue, plus a
constant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

__all__ = ["COLUMNS", "adjusted", "coloured", "grey_of"]

COLUMNS = ("brightness", "contrast", "saturation", "hue")
"""The random values for ``coloured``."""

_COLOUR = 3
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# ITU-R BT.601: luma, and two chroma axes in which a rotation is a rotation of the hue (NTSC's YIQ).
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])


def coloured(images: tf.Tensor, draws: Mapping[str, tf.Tensor], options: ImageAugmentation) -> tf.Tensor:
    """Return images (batch, height, width, channels), 0 to 255, recoloured by random values, each (batch,) in 0..1.

    Saturation and hue apply only to three channels.
    """
    if not any((options.brightness, options.contrast, options.saturation, options.hue)):
        return images
    brightness, contrast, saturation, hue = (getattr(options, name) * (2 * draws[name] - 1) for name in COLUMNS)
    return adjusted(images, 1 + brightness, 1 + contrast, 1 + saturation, hue)


def adjusted(
    images: tf.Tensor, brightness: tf.Tensor, contrast: tf.Tensor, saturation: tf.Tensor, hue: tf.Tensor
) -> tf.Tensor:
    """Return images (batch, height, width, channels), 0 to 255, with factors (batch,) and hue rotations (batch,).

    Contrast is relative to the mean grey of each image. Values are clipped to 0 to 255 once, at the end.
    """
    import tensorflow as tf

    scale = (brightness * contrast)[:, tf.newaxis, tf.newaxis]
    rest = tf.cast((1 - contrast) * brightness, tf.float32)
    offset = rest[:, tf.newaxis] * tf.reduce_mean(grey_of(images), axis=(1, 2))
    if images.shape[-1] == _COLOUR:
        height, width = images.shape[1:3]
        pixels = tf.reshape(images, (-1, height * width, _COLOUR))
        colours = tf.cast(scale * _colour_map(saturation, hue), tf.float32)
        changed = tf.matmul(pixels, colours, transpose_b=True)
        images = tf.reshape(changed, (-1, height, width, _COLOUR))
    else:
        images = images * tf.cast(scale[..., tf.newaxis], tf.float32)
    return tf.clip_by_value(images + offset[:, tf.newaxis, tf.newaxis], 0.0, 255.0)


def grey_of(images: tf.Tensor) -> tf.Tensor:
    """Return the luma (ITU-R BT.601) of images: (batch, height, width, 1); or the mean of other than three channels."""
    import tensorflow as tf

    if images.shape[-1] != _COLOUR:
        return tf.reduce_mean(images, axis=-1, keepdims=True)
    return tf.tensordot(images, tf.constant(_LUMA[:, np.newaxis]), 1)


def _colour_map(saturation: tf.Tensor, hue: tf.Tensor) -> tf.Tensor:
    """Return (batch, 3, 3): a rotation about the grey axis, and a scaling of the distance to it."""
    import tensorflow as tf

    angle = 2 * math.pi * hue
    cosine, sine = saturation * tf.cos(angle), saturation * tf.sin(angle)
    one, nil = tf.ones_like(cosine), tf.zeros_like(cosine)
    rows = tf.stack([one, nil, nil, nil, cosine, -sine, nil, sine, cosine], axis=-1)
    turned = tf.reshape(rows, (-1, 3, 3))
    there, back = tf.constant(_TO_YIQ, turned.dtype), tf.constant(np.linalg.inv(_TO_YIQ), turned.dtype)
    return back @ turned @ there
