"""The EXIF orientation of an image, read and applied in TensorFlow operations.

Cameras store the sensor's rows and the orientation of the camera. Viewers and Pillow's ``exif_transpose``
rotate the image; TensorFlow's decoders do not.
"""

from __future__ import annotations

import tensorflow as tf

_READ = 2**16  # largest size of a JPEG segment
_ORIENTATION_TAG = 0x0112
_SHORT = 3


def upright(image: tf.Tensor, encoded: tf.Tensor, exif: tf.Tensor) -> tf.Tensor:
    """Rotate a decoded image (height, width, channels) by its EXIF orientation.

    ``exif`` (scalar int64) is the position of the TIFF structure in the file ``encoded`` (a scalar string); -1 if the
    file has none.
    """
    return tf.cond(exif >= 0, lambda: _turned(image, _first_directory(encoded, exif)), lambda: image)


def _turned(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Undo orientations 1 to 8: 5 to 8 exchange height and width, others mirror or rotate."""
    image = tf.transpose(image, tf.where(orientation >= 5, [1, 0, 2], [0, 1, 2]))  # noqa: PLR2004 - of 1 to 8
    right_to_left = tf.reduce_any(orientation == [2, 3, 6, 7])
    upside_down = tf.reduce_any(orientation == [3, 4, 7, 8])
    image = tf.cond(right_to_left, lambda: tf.reverse(image, [1]), lambda: image)
    return tf.cond(upside_down, lambda: tf.reverse(image, [0]), lambda: image)


def _first_directory(encoded: tf.Tensor, exif: tf.Tensor) -> tf.Tensor:
    """Read the tag from a TIFF structure; positions outside read the nearest byte."""
    start = tf.minimum(exif, tf.cast(tf.strings.length(encoded), tf.int64))
    padded = tf.strings.join([tf.strings.substr(encoded, start, _READ), b"\0"])  # never empty
    content = tf.cast(tf.io.decode_raw(padded, tf.uint8), tf.int64)
    motorola = content[0] == ord("M")

    def read(at: tf.Tensor | int, count: int) -> tf.Tensor:
        places = tf.cast(at, tf.int64) + tf.range(count, dtype=tf.int64)
        return tf.gather(content, tf.clip_by_value(places, 0, tf.size(content, tf.int64) - 1))

    def number(values: tf.Tensor) -> tf.Tensor:
        weights = [256**power for power in range(values.shape[-1])]
        ordered = tf.where(motorola, tf.constant(weights[::-1], tf.int64), tf.constant(weights, tf.int64))
        return tf.reduce_sum(values * ordered, axis=-1)

    directory = number(read(4, 4))
    count = tf.minimum(number(read(directory, 2)), 4096)
    entries = read(directory + 2 + 12 * tf.range(count)[:, tf.newaxis], 12)
    found = tf.where(number(entries[:, 2:4]) == _SHORT, number(entries[:, 8:10]), number(entries[:, 8:12]))
    values = tf.boolean_mask(found, number(entries[:, :2]) == _ORIENTATION_TAG)
    value = tf.cast(tf.concat([values, [1]], axis=0)[0], tf.int32)
    return tf.where((value >= 1) & (value <= 8), value, 1)  # noqa: PLR2004
