"""The feature pyramid that heads for maps and boxes share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PositiveInt

from tlzoo.heads import Head, Level, Takes

if TYPE_CHECKING:
    from keras import KerasTensor

__all__ = ["FeaturePyramid", "standardized"]

_EPSILON = 1e-3


class FeaturePyramid(Head):
    """Base class of heads on a feature pyramid (Lin et al. 2017, arXiv 1612.03144, section 3).

    Each map is projected to ``units`` channels, the coarser one is enlarged and added, and a convolution follows.
    Input features are standardized by the statistics of the training batches, as in the head ``linear``.
    """

    takes: ClassVar[Takes] = "pyramid"

    units: PositiveInt = Field(default=64, description="channels of each level")
    levels: PositiveInt = Field(default=4, description="number of levels: the coarsest resolutions of the backbone")
    stages: tuple[str, ...] = Field(default=(), description="names of the stages; []: the last one of each resolution")

    def wanted_levels(self, levels: Sequence[Level]) -> Sequence[str]:
        """Return the option ``stages``, or the last stage of each of the coarsest resolutions."""
        if self.stages:
            return self.stages
        last = {(level.shape.height, level.shape.width): level.stage for level in levels}
        return list(last.values())[-self.levels :]

    def pyramid(self, shape: tuple[Level, ...], seed: int) -> tuple[list[KerasTensor], list[KerasTensor]]:
        """Return the inputs and the maps (batch, height, width, units) of all levels, both from the finest on."""
        import keras
        from keras import initializers, layers

        from .resizing import ResizeLike

        inputs = [keras.Input((None, None, level.shape.channels), name=f"features_{level.stage}") for level in shape]
        merged: list[Any] = []
        above: Any = None
        for position in reversed(range(len(inputs))):
            stage = shape[position].stage
            kernel = initializers.GlorotUniform(seed=seed + 3 * position)
            x = standardized(inputs[position], f"standardize_{stage}")
            x = layers.Conv2D(self.units, 1, kernel_initializer=kernel, dtype="float32", name=f"lateral_{stage}")(x)
            if above is not None:
                x = layers.Add(dtype="float32", name=f"top_down_{stage}")(
                    [x, ResizeLike(dtype="float32", name=f"enlarged_{stage}")([above, x])]
                )
            above = x
            kernel = initializers.HeUniform(seed=seed + 3 * position + 1)
            x = layers.Conv2D(
                self.units,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=kernel,
                dtype="float32",
                name=f"smooth_{stage}",
            )(x)
            x = layers.BatchNormalization(momentum=0.9, dtype="float32", name=f"normalize_{stage}")(x)
            merged.append(layers.Activation("relu", dtype="float32", name=f"activate_{stage}")(x))
        return inputs, merged[::-1]


def standardized(features: KerasTensor, name: str) -> Any:
    """Return features standardized by the statistics of the training batches."""
    from keras import layers

    return layers.BatchNormalization(
        scale=False, center=False, momentum=0.9, epsilon=_EPSILON, dtype="float32", name=name
    )(features)
