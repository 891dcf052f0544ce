"""CORAL: alignment of the covariances of source and target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.objectives.alignment import Alignment
from tlzoo.objectives.contract import Step

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Coral"]


class Coral(Alignment):
    """Correlation alignment (Deep CORAL; Sun & Saenko 2016, arXiv 1607.01719, equations 1 to 3).

    The distance is ``|C_S - C_T|² / (4 d²)``: the squared Frobenius norm of the difference of the two covariance
    matrices (d, d), each with ``batch - 1`` in its denominator. The paper aligns the outputs of the last layer; here
    its inputs are aligned unless ``at`` is ``outputs``.
    """

    def distance(self, step: Step) -> tf.Tensor:
        """Return the distance of the covariances, a scalar."""
        import tensorflow as tf

        source, target = self.compared(step)
        width = tf.cast(tf.shape(source)[1], tf.float32)
        difference = _covariance(source) - _covariance(target)
        return tf.reduce_sum(tf.square(difference)) / (4 * tf.square(width))


def _covariance(rows: tf.Tensor) -> tf.Tensor:
    """Return the covariance (d, d) of rows (n, d); of a single row, zero."""
    import tensorflow as tf

    centred = rows - tf.reduce_mean(rows, axis=0)
    count = tf.cast(tf.shape(rows)[0], tf.float32)
    return tf.matmul(centred, centred, transpose_a=True) / tf.maximum(count - 1, 1)
