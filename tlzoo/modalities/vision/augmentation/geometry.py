"""Flips, crops, rotation, shear and zoom as one affine map with a single interpolation.

Keras's layers (RandomFlip, RandomRotation, RandomShear, RandomZoom) each interpolate, which blurs and
is slow (``tests/benchmarks/augmentation_speed.py``), and draw by the position in the batch. Their operation,
``keras.ops.image.affine_transform``, is used here too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

__all__ = ["COLUMNS", "move", "moved", "moved_boxes", "side", "turn"]

COLUMNS = (
    "flip",
    "flip_vertical",
    "crop_height",
    "crop_width",
    "crop_top",
    "crop_left",
    "rotate",
    "shear_x",
    "shear_y",
    "zoom_height",
    "zoom_width",
)
"""The random values for ``moved``."""

Interpolation: TypeAlias = Literal["bilinear", "nearest"]

_MARGIN = 1e-6
_LEAST_VISIBLE = 0.25


def moved(
    images: tf.Tensor,
    draws: Mapping[str, tf.Tensor],
    options: ImageAugmentation,
    interpolation: Interpolation = "bilinear",
) -> tf.Tensor:
    """Return images (batch, height, width, channels) moved by random values, each (batch,) in 0..1.

    The order is: crop, zoom, shear, rotation, flips. Areas outside are filled with the mirrored
    image.
    """
    import tensorflow as tf

    if not any((options.flip, options.flip_vertical, options.crop, options.rotate, options.shear, options.zoom)):
        return images
    height, width, down, right, across, upright = _crops(draws, options)
    if not (options.rotate or options.shear or options.zoom):
        windows = _windows(upright * height, across * width, down, right, _MARGIN if options.crop else 0.0)
        number = tf.range(tf.shape(images)[0])
        return tf.image.crop_and_resize(images, windows, number, images.shape[1:3], interpolation)
    stretch = math.log1p(options.zoom)
    height = height * tf.exp(stretch * _signed(draws["zoom_height"]))
    width = width * tf.exp(stretch * _signed(draws["zoom_width"]))
    slant_x, slant_y = (options.shear * _signed(draws[name]) for name in ("shear_x", "shear_y"))
    # From a position in the result to the position in the image: the steps in reverse order.
    matrices = turn(math.radians(options.rotate) * _signed(draws["rotate"])) @ _square(across, 0.0, 0.0, upright)
    matrices = _square(1.0, slant_x, slant_y, 1.0) @ matrices
    return move(images, _square(width, 0.0, 0.0, height) @ matrices, right, down, interpolation)


def move(
    images: tf.Tensor, matrices: tf.Tensor, right: Any, down: Any, interpolation: Interpolation = "bilinear"
) -> tf.Tensor:
    """Return images (batch, height, width, channels) under affine maps about their centres.

    ``matrices`` (batch, 2, 2) map (x, y) in pixels of the result to the image; ``right`` and ``down`` (batch,) are
    then added, as shares of the sides, from the centre of the first pixel to that of the last. Mirrored at the
    borders.
    """
    import keras
    import tensorflow as tf

    height, width = images.shape[1:3]
    centre = tf.constant([(width - 1) / 2, (height - 1) / 2], matrices.dtype)
    offset = centre - tf.linalg.matvec(matrices, centre) + 2 * centre * tf.stack([right, down], axis=-1)
    rows = tf.reshape(tf.concat([matrices, offset[..., tf.newaxis]], axis=-1), (-1, 6))
    transforms = tf.cast(tf.pad(rows, [[0, 0], [0, 2]]), tf.float32)
    out: tf.Tensor = keras.ops.image.affine_transform(
        images, transforms, interpolation=interpolation, fill_mode="reflect", data_format="channels_last"
    )
    return out


def turn(angles: tf.Tensor) -> tf.Tensor:
    """Return rotations (batch, 2, 2) by angles (batch,) in radians."""
    import tensorflow as tf

    cosine, sine = tf.cos(angles), tf.sin(angles)
    return _square(cosine, -sine, sine, cosine)


def moved_boxes(
    boxes: tf.Tensor, draws: Mapping[str, tf.Tensor], options: ImageAugmentation, size: tuple[int, int]
) -> tf.Tensor:
    """Return boxes (batch, boxes, columns) of images of this height and width, moved as ``moved`` does the images.

    The first columns are left, top, right and bottom as shares of the sides; rows of -1 have no box. Crops and flips
    alone are supported. A box is clipped at the borders, and cut off if less than a quarter of its area is left.
    """
    import tensorflow as tf

    assert not any((options.rotate, options.shear, options.zoom)), "refused for boxes"
    if not any((options.flip, options.flip_vertical, options.crop)):
        return boxes
    height, width, down, right, across, upright = _crops(draws, options)
    windows = _windows(upright * height, across * width, down, right, _MARGIN if options.crop else 0.0)
    windows = tf.gather(windows, [1, 0, 3, 2], axis=1)[:, tf.newaxis]  # left, top, right, bottom
    sides = tf.constant([size[1], size[0]], tf.float32)
    first, last = windows[..., :2] * (sides - 1), windows[..., 2:] * (sides - 1)  # centres of pixels
    ends = [
        ((boxes[..., at : at + 2] * sides - 0.5 - first) / (last - first) * (sides - 1) + 0.5) / sides for at in (0, 2)
    ]
    found = tf.concat([tf.minimum(*ends), tf.maximum(*ends)], axis=-1)
    inside = tf.clip_by_value(found, 0.0, 1.0)
    kept = (_area(inside) >= _LEAST_VISIBLE * _area(found)) & (_area(inside) > 0) & (boxes[..., 0] >= 0)
    return tf.where(kept[..., tf.newaxis], tf.concat([inside, boxes[..., 4:]], axis=-1), -1.0)


def _area(boxes: tf.Tensor) -> tf.Tensor:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def _crops(draws: Mapping[str, tf.Tensor], options: ImageAugmentation) -> tuple[tf.Tensor, ...]:
    """Return height and width of the crops, their offsets down and right, and -1 for mirrored axes, each (batch,)."""
    import tensorflow as tf

    height, width = 1 - options.crop * draws["crop_height"], 1 - options.crop * draws["crop_width"]
    down = (1 - height) * (draws["crop_top"] - 0.5)
    right = (1 - width) * (draws["crop_left"] - 0.5)
    across = side(draws["flip"]) if options.flip else tf.ones_like(height)
    upright = side(draws["flip_vertical"]) if options.flip_vertical else tf.ones_like(height)
    return height, width, down, right, across, upright


def _windows(height: tf.Tensor, width: tf.Tensor, down: tf.Tensor, right: tf.Tensor, margin: float) -> tf.Tensor:
    """Return upright windows (batch, 4) for ``crop_and_resize``, which is four times as fast as the affine map.

    Heights and widths are shares of the sides, negative for mirrored ones. ``margin`` keeps rounding
    from leaving the image, which would give black.
    """
    import tensorflow as tf

    middle = tf.stack([down, right], axis=-1) + 0.5
    half = tf.stack([height, width], axis=-1) / 2
    windows = tf.concat([middle - half, middle + half], axis=-1)
    return tf.cast(tf.clip_by_value(windows, margin, 1 - margin), tf.float32)


def side(draws: tf.Tensor) -> tf.Tensor:
    """Return -1 for values below 0.5, else 1."""
    import tensorflow as tf

    return tf.where(draws < 0.5, -tf.ones_like(draws), tf.ones_like(draws))  # noqa: PLR2004


def _signed(draws: tf.Tensor) -> tf.Tensor:
    return 2 * draws - 1


def _square(*entries: Any) -> tf.Tensor:
    """Return (batch, 2, 2) from four entries, numbers or (batch,), row by row."""
    import tensorflow as tf

    like = next(each for each in entries if isinstance(each, tf.Tensor))
    rows = [each if isinstance(each, tf.Tensor) else each * tf.ones_like(like) for each in entries]
    return tf.reshape(tf.stack(rows, axis=-1), (-1, 2, 2))
