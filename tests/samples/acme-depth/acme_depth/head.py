"""A head that returns a map of distances."""

from __future__ import annotations

from typing import ClassVar

from tlzoo.heads import Head


class DepthMap(Head):
    """One convolution on the backbone's last map."""

    name: ClassVar[str] = "acme-depth-map"
    takes: ClassVar[str] = "map"
    output_form: ClassVar[str] = "map"

    def build(self, shape, task, seed):
        """Return (batch, height, width, channels) to (batch, height, width, outputs)."""
        import keras

        inputs = keras.Input((None, None, shape.channels), name="features")
        x = keras.layers.BatchNormalization(scale=False, center=False, momentum=0.9, name="standardize")(inputs)
        kernel = keras.initializers.GlorotUniform(seed=seed)
        depth = keras.layers.Conv2D(task.outputs, 1, kernel_initializer=kernel, dtype="float32", name="depth")(x)
        return keras.Model(inputs, depth, name="head")
