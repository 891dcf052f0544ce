"""Random tensors in the TensorFlow graph, each from a seed of its own, so that a batch can be made again."""

from __future__ import annotations

import tensorflow as tf


class Draws:
    """Hands out random tensors for a batch of `count` pictures; the same seed pair gives the same ones in order.

    Attributes:
        share: Between 0 and 1: how much of a change's full strength is wanted; for its user to multiply with.
    """

    def __init__(self, seed: tf.Tensor, count: tf.Tensor, share: tf.Tensor | float = 1.0) -> None:
        self._seed, self._count, self._used = seed, count, 0
        self.share = share

    def normal(self, *shape: int) -> tf.Tensor:
        """Draw from the standard normal, float32 (count, *shape)."""
        return tf.random.stateless_normal((self._count, *shape), self._next())

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
        """Draw uniformly from [low, high), float32 (count, *shape)."""
        return tf.random.stateless_uniform((self._count, *shape), self._next(), low, high)

    def _next(self) -> tf.Tensor:
        self._used += 1
        return tf.stack([self._seed[0] * 64 + self._used, self._seed[1]])
