"""Transparent pixels over a background, in TensorFlow operations: the same in training, prediction and serving."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import tensorflow as tf

from tlzoo.modalities.vision.image_files.containers import bytes_at, gif_frame, number

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tlzoo.modalities.vision.image_files.background import Background

Limit: TypeAlias = "Callable[[tf.Tensor, tf.Tensor], AbstractContextManager[object]]"
"""A context in which a height and a width (scalar int64) are checked."""

_WHOLE = 2**22
"""Largest size of RGBA bytes to composite at once."""


def over(pixels: tf.Tensor, background: Background) -> tf.Tensor:
    """Composite RGBA, uint8 (height, width, 4), over a background: uint8 (height, width, 3), rounded.

    A large image is composited row by row, because the arithmetic needs fifteen times the memory of the pixels.
    """
    if background is None:
        return pixels[..., :3]

    def row(number: tf.Tensor) -> tf.Tensor:
        return _composite(pixels[number], background)

    def by_row() -> tf.Tensor:
        numbers = tf.range(tf.shape(pixels)[0])
        return tf.map_fn(row, numbers, parallel_iterations=1, fn_output_signature=tf.uint8)

    return tf.cond(tf.size(pixels) > _WHOLE, by_row, lambda: _composite(pixels, background))


def _composite(pixels: tf.Tensor, background: tuple[int, int, int]) -> tf.Tensor:
    wide = tf.cast(pixels, tf.int32)
    colours, alpha = wide[..., :3], wide[..., 3:]
    return tf.cast((colours * alpha + tf.constant(background) * (255 - alpha) + 127) // 255, tf.uint8)


def decode_gif(encoded: tf.Tensor, background: Background, within_limit: Limit) -> tf.Tensor:
    """Decode a GIF's first frame on its canvas, over a background: uint8 (height, width, 3).

    TensorFlow paints transparent pixels black, and makes the canvas as large as the largest frame. Therefore the
    transparent colour is replaced in the palette, its flag cleared, and the frame moved to the corner before TensorFlow
    decodes it; then it is moved back. Without a background, stored colours are kept, and pixels outside the frame are
    black.
    """
    at, control = gif_frame(encoded)
    frame, header, block = bytes_at(encoded, at, 10), bytes_at(encoded, 0, 14), bytes_at(encoded, control, 8)
    left, top, width, height = (number(frame, (place, place + 1)) for place in (1, 3, 5, 7))
    across = tf.maximum(number(header, (6, 7)), left + width)
    down = tf.maximum(number(header, (8, 9)), top + height)
    has_own = frame[9] >= 128  # noqa: PLR2004 - the highest bit: a palette of its own
    colours = 2 ** (tf.where(has_own, frame[9], header[10]) % 8 + 1)
    transparent = (at >= 0) & (control >= 0) & (block[3] % 2 == 1) & (block[6] < colours)

    def opaque() -> tf.Tensor:
        flagless = _replace(encoded, control + 3, b"\0")
        if background is None:
            return flagless
        return _replace(flagless, tf.where(has_own, at + 10, 13) + 3 * block[6], bytes(background))

    with within_limit(down, across):
        painted = tf.cond(transparent, opaque, lambda: encoded)
        cornered = tf.cond(at >= 0, lambda: _replace(painted, at + 1, bytes(4)), lambda: painted)
        image = tf.io.decode_image(cornered, channels=3, expand_animations=False)[:height, :width]
    margins = [[top, down - top - height], [left, across - left - width]]
    colour = tf.constant(background or (0, 0, 0), tf.uint8)
    return tf.stack([tf.pad(image[..., each], margins, constant_values=colour[each]) for each in range(3)], axis=-1)


def _replace(text: tf.Tensor, at: tf.Tensor, new: bytes) -> tf.Tensor:
    before = tf.strings.substr(text, tf.constant(0, tf.int64), at)
    after = tf.strings.substr(text, at + len(new), tf.constant(2**31, tf.int64))
    return tf.strings.join([before, new, after])
