"""A Keras layer that enlarges a map to the size of another."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["ResizeLike"]


@keras.saving.register_keras_serializable("tlzoo_vision")
class ResizeLike(keras.layers.Layer):  # type: ignore[misc]
    """Resizes the first map to the height and width of the second (bilinear): the sizes need not be multiples."""

    def call(self, maps: list[Any]) -> Any:
        """Return the first map (batch, height, width, channels) at the size of the second."""
        small, like = maps
        size = keras.ops.shape(like)[1:3]
        if small.shape[1:3] == like.shape[1:3] and None not in like.shape[1:3]:
            return small
        return keras.ops.image.resize(small, size, interpolation="bilinear", data_format="channels_last")

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Return the size of the second map with the channels of the first."""
        small, like = shapes
        return (small[0], like[1], like[2], small[3])
