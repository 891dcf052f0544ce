"""AdamW (Loshchilov & Hutter 2019, algorithm 2) over plain variables, for compiled training steps."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

_MEANS, _SQUARES, _TINY = 0.9, 0.99, 1e-7


def rate_at(step: int, *, rate: float, steps: int, warmup: int, decay: int) -> float:
    """Return the learning rate of a step: a linear warmup, then `rate`, then a linear decay to 0.

    The number of steps of a run can be changed until its decay begins.

    Args:
        step: Counted from 0.
        rate: The learning rate between warmup and decay.
        steps: Number of steps of the run.
        warmup: Number of steps of the warmup.
        decay: Number of steps of the decay, at the end.
    """
    climb = min(1.0, (step + 1) / warmup)
    fall = min(1.0, (steps - step) / decay)
    return rate * min(climb, fall)


class AdamW:
    """The optimizer, with running means and squares of the gradients of `weights`.

    Weight decay applies to matrices and kernels only.
    """

    def __init__(self, weights: Sequence[tf.Variable], weight_decay: float) -> None:
        self.weights = list(weights)
        self.means = [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in self.weights]
        self.squares = [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in self.weights]
        self._weight_decay = weight_decay

    def descend(self, gradients: Sequence[tf.Tensor], rate: tf.Tensor, step: tf.Tensor) -> None:
        """Update the weights by one step; `step` counts from 0."""
        count = tf.cast(step + 1, tf.float32)
        scale = tf.sqrt(1.0 - _SQUARES**count) / (1.0 - _MEANS**count)
        for weight, mean, square, gradient in zip(self.weights, self.means, self.squares, gradients, strict=True):
            mean.assign(_MEANS * mean + (1.0 - _MEANS) * gradient)
            square.assign(_SQUARES * square + (1.0 - _SQUARES) * gradient**2)
            decay = self._weight_decay * weight if weight.shape.rank > 1 else 0.0
            weight.assign_sub(rate * (scale * mean / (tf.sqrt(square) + _TINY) + decay))
