"""MMD: alignment of source and target means in the feature spaces of several kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, PositiveFloat

from tlzoo.objectives.alignment import Alignment
from tlzoo.objectives.contract import Step

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Mmd"]


class Mmd(Alignment):
    """Maximum mean discrepancy with several kernels (DAN; Long et al. 2015, arXiv 1502.02791, section 3).

    The squared distance is ``E k(s, s') + E k(t, t') - 2 E k(s, t)``, estimated without bias over all pairs of the two
    batches (Gretton et al. 2012, lemma 6). The kernel is the mean of Gaussians ``exp(-|x - y|² / (b v))``, where ``v``
    is the mean squared distance of two samples of both batches, without gradient, and ``b`` each of
    ``bandwidths``. Here kernels have equal weights; the paper weights them by a quadratic program and estimates in
    linear time.
    """

    bandwidths: tuple[PositiveFloat, ...] = Field(
        default=(0.25, 0.5, 1.0, 2.0, 4.0), min_length=1, description="widths of the kernels, in mean squared distances"
    )

    def distance(self, step: Step) -> tf.Tensor:
        """Return the squared discrepancy, a scalar; the unbiased estimate may be slightly below zero."""
        import tensorflow as tf

        source, target = self.compared(step)
        count = tf.shape(source)[0]
        kernel = self._kernel(tf.concat([source, target], axis=0))
        own = _mean_of_pairs(kernel[:count, :count]) + _mean_of_pairs(kernel[count:, count:])
        return own - 2 * tf.reduce_mean(kernel[:count, count:])

    def _kernel(self, rows: tf.Tensor) -> tf.Tensor:
        """Return the kernel (n, n) of rows (n, d)."""
        import tensorflow as tf

        norms = tf.reduce_sum(tf.square(rows), axis=1)
        products = tf.matmul(rows, rows, transpose_b=True)
        squares = tf.maximum(norms[:, None] + norms[None, :] - 2 * products, 0)
        mean = tf.maximum(tf.stop_gradient(_mean_of_pairs(squares)), 1e-12)
        return tf.add_n([tf.exp(-squares / (width * mean)) for width in self.bandwidths]) / len(self.bandwidths)


def _mean_of_pairs(matrix: tf.Tensor) -> tf.Tensor:
    """Return the mean of a square matrix without its diagonal; 0 of one with a single entry."""
    import tensorflow as tf

    count = tf.cast(tf.shape(matrix)[0], tf.float32)
    return (tf.reduce_sum(matrix) - tf.linalg.trace(matrix)) / tf.maximum(count * (count - 1), 1)
