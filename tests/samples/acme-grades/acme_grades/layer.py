"""The layer of ordered thresholds."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable("acme_grades")
class OrderedThresholds(keras.layers.Layer):
    """Turns a score (batch, 1) into logits of being above each of ``count`` ordered thresholds: (batch, count)."""

    def __init__(self, count: int, **options) -> None:
        super().__init__(**options)
        self.count = count

    def build(self, shape) -> None:
        self.first = self.add_weight(shape=(), initializer="zeros", name="first")
        self.steps = self.add_weight(shape=(self.count - 1,), initializer="zeros", name="steps")

    def call(self, score):
        later = keras.ops.cumsum(keras.ops.softplus(self.steps))
        thresholds = self.first + keras.ops.concatenate([keras.ops.zeros(1), later])
        return score - thresholds

    def get_config(self):
        return {**super().get_config(), "count": self.count}
