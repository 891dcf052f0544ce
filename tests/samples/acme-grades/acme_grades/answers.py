"""The layer from cumulative logits to the probabilities of classes."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable("acme_grades")
class Differences(keras.layers.Layer):
    """Turns logits (batch, K - 1) of being above each class except the last into probabilities (batch, K)."""

    def call(self, logits):
        above = keras.ops.sigmoid(logits)
        ones = keras.ops.ones_like(above[:, :1])
        odds = keras.ops.concatenate([ones, above], axis=1) - keras.ops.concatenate([above, 0 * ones], axis=1)
        odds = keras.ops.maximum(odds, 0)
        return odds / keras.ops.sum(odds, axis=1, keepdims=True)
