"""The proportional-odds head (McCullagh 1980)."""

from __future__ import annotations

from typing import ClassVar

from tlzoo.heads import Head


class Cumulative(Head):
    """One direction in feature space with ordered thresholds."""

    name: ClassVar[str] = "acme-cumulative"

    def build(self, size, task, seed):
        """Return (batch, size) to (batch, outputs)."""
        import keras

        from acme_grades.layer import OrderedThresholds

        inputs = keras.Input((size,), name="features")
        x = keras.layers.BatchNormalization(scale=False, center=False, momentum=0.9, name="standardize")(inputs)
        kernel = keras.initializers.GlorotUniform(seed=seed)
        score = keras.layers.Dense(1, use_bias=False, kernel_initializer=kernel, dtype="float32", name="score")(x)
        logits = OrderedThresholds(task.outputs, dtype="float32", name="thresholds")(score)
        return keras.Model(inputs, logits, name="head")
