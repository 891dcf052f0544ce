"""Colour histograms of an image's cells: a branch without weights."""

from __future__ import annotations

import keras
from keras import layers, ops

SHADES = 4
"""Shades per channel; the palette has the cube of it as channels."""

_TINY = 1e-4  # added under the root, which has an infinite slope at 0


def palette(inputs: keras.KerasTensor, cell: int, scale: float) -> keras.KerasTensor:
    """Share of each of 64 colours in square cells: the square root of a soft histogram, times `scale`.

    A pixel belongs to the shades next to it, in proportion, as in trilinear interpolation. The root (as in Hellinger's
    distance between histograms) prevents that the most frequent colour, often the background, dominates the others.

    Args:
        inputs: float (N, h, w, 3) in [-1, 1].
        cell: Side of a cell in pixels, even.
        scale: Factor of the result.

    Returns:
        (N, ceil(h / cell), ceil(w / cell), 64), between 0 and about `scale`.
    """
    small = layers.AveragePooling2D(2, padding="same", name="palette_small")(inputs)
    places = layers.Rescaling((SHADES - 1) / 2, offset=(SHADES - 1) / 2, name="palette_places")(small)
    near = ops.stack([ops.relu(1.0 - ops.abs(places - float(shade))) for shade in range(SHADES)], axis=-1)
    red, green, blue = (near[:, :, :, channel, :] for channel in range(3))
    two = ops.expand_dims(red, -1) * ops.expand_dims(green, -2)
    height, width = small.shape[1:3]
    two = ops.reshape(two, (-1, height, width, SHADES**2, 1))
    three = ops.reshape(two * ops.expand_dims(blue, -2), (-1, height, width, SHADES**3))
    shares = layers.AveragePooling2D(cell // 2, padding="same", name="palette_cells")(three)
    return layers.Rescaling(scale, name="palette_scale")(ops.sqrt(shares + _TINY))
