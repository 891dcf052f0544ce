"""Random tensors in the TensorFlow graph, each with its own seed, so that a batch can be reproduced."""

from __future__ import annotations

import tensorflow as tf


class Draws:
    """Returns random tensors for a batch of `count` pictures; the same seed pair gives the same sequence.

    Attributes:
        share: Strength of augmentations, between 0 and 1. Augmentations multiply their full strength by it.
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
