"""The EXIF orientation of a JPEG, read and applied in TensorFlow operations.

Cameras store the sensor's rows as they come and note how the camera was held. Viewers and Pillow's ``exif_transpose``
turn the picture; ``tf.io.decode_jpeg`` does not.
"""

from __future__ import annotations

import tensorflow as tf

_READ = 4096  # the first directory stands at the beginning of its segment
_ORIENTATION_TAG = 0x0112
_APP0 = 0xE0


def upright(image: tf.Tensor, encoded: tf.Tensor) -> tf.Tensor:
    """Turn a decoded JPEG (height, width, channels) as the EXIF orientation in its file (a scalar string) says.

    EXIF is the file's first segment, as the standard has it, or follows the JFIF segment, as most programs write it.
    """
    head = tf.cast(tf.io.decode_raw(tf.strings.substr(encoded, 0, 6), tf.uint8), tf.int32)
    at = tf.where(head[3] == _APP0, 4 + 256 * head[4] + head[5], 2)
    segment = tf.strings.substr(encoded, tf.minimum(at, tf.strings.length(encoded)), _READ)
    found = tf.strings.substr(segment, tf.minimum(4, tf.strings.length(segment)), 6) == b"Exif\0\0"
    return tf.cond(found, lambda: _turned(image, _first_directory(segment)), lambda: image)


def _turned(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Undo 1 to 8: 5 to 8 exchange height and width, others mirror or turn."""
    image = tf.transpose(image, tf.where(orientation >= 5, [1, 0, 2], [0, 1, 2]))  # noqa: PLR2004 - of 1 to 8
    right_to_left = tf.reduce_any(orientation == [2, 3, 6, 7])
    upside_down = tf.reduce_any(orientation == [3, 4, 7, 8])
    image = tf.cond(right_to_left, lambda: tf.reverse(image, [1]), lambda: image)
    return tf.cond(upside_down, lambda: tf.reverse(image, [0]), lambda: image)


def _first_directory(segment: tf.Tensor) -> tf.Tensor:
    """Read the tag from the TIFF structure in an EXIF segment; what points outside reads as the nearest byte."""
    content = tf.cast(tf.io.decode_raw(segment, tf.uint8), tf.int64)
    last = tf.size(content, tf.int64) - 1
    start = tf.constant(10, tf.int64)
    motorola = content[tf.minimum(start, last)] == ord("M")

    def number(at: tf.Tensor, size: int) -> tf.Tensor:
        places = at[..., tf.newaxis] + tf.range(size, dtype=tf.int64)
        weights = [256**power for power in range(size)]
        ordered = tf.where(motorola, tf.constant(weights[::-1], tf.int64), tf.constant(weights, tf.int64))
        return tf.reduce_sum(tf.gather(content, tf.clip_by_value(places, 0, last)) * ordered, axis=-1)

    directory = start + number(start + 4, 4)
    entries = directory + 2 + 12 * tf.range(tf.minimum(number(directory, 2), 256))
    values = tf.boolean_mask(number(entries + 8, 2), number(entries, 2) == _ORIENTATION_TAG)
    value = tf.cast(tf.reduce_max(tf.concat([values, [1]], axis=0)), tf.int32)
    return tf.where((value >= 1) & (value <= 8), value, 1)  # noqa: PLR2004
