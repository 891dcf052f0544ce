"""Heads that return a map of logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PositiveInt

from tlzoo.heads import Head, Level, MapShape, Takes

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import OutputForm, Task

__all__ = ["LinearMap", "PyramidMap"]

_EPSILON = 1e-3


class PyramidMap(Head):
    """A feature pyramid: maps of several stages, merged from the coarsest to the finest, and a linear layer.

    The semantic branch of Panoptic FPN (Kirillov et al. 2019, arXiv 1901.02446, section 3.1) on a feature pyramid (Lin
    et al. 2017, arXiv 1612.03144, section 3), with one convolution a level: each map is projected to ``units``
    channels, the coarser one is enlarged and added, and after a convolution all levels are added at the size of
    the finest. Input features are standardized by the statistics of the training batches, as in the head ``linear``.
    """

    name: ClassVar[str] = "fpn"
    takes: ClassVar[Takes] = "pyramid"
    output_form: ClassVar[OutputForm] = "map"

    units: PositiveInt = Field(default=64, description="channels of each level")
    levels: PositiveInt = Field(default=4, description="number of levels: the coarsest resolutions of the backbone")
    stages: tuple[str, ...] = Field(default=(), description="names of the stages; []: the last one of each resolution")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="dropout rate of the merged channels")

    def wanted_levels(self, levels: Sequence[Level]) -> Sequence[str]:
        """Return the option ``stages``, or the last stage of each of the coarsest resolutions."""
        if self.stages:
            return self.stages
        last = {(level.shape.height, level.shape.width): level.stage for level in levels}
        return list(last.values())[-self.levels :]

    def build(self, shape: tuple[Level, ...], task: Task, seed: int) -> keras.Model:
        """Return the maps (batch, height, width, channels) of all levels to logits at the size of the finest."""
        import keras
        from keras import initializers, layers

        from .layers import ResizeLike

        maps = [keras.Input((None, None, level.shape.channels), name=f"features_{level.stage}") for level in shape]
        merged: list[Any] = []
        above: Any = None
        for position in reversed(range(len(maps))):
            stage = shape[position].stage
            kernel = initializers.GlorotUniform(seed=seed + 3 * position)
            x = _standardized(maps[position], f"standardize_{stage}")
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
        finest = merged[-1]
        merged = [
            *(
                ResizeLike(dtype="float32", name=f"to_finest_{at}")([each, finest])
                for at, each in enumerate(merged[:-1])
            ),
            finest,
        ]
        x = merged[0] if len(merged) == 1 else layers.Add(dtype="float32", name="merged")(merged)
        if self.dropout:
            x = layers.SpatialDropout2D(self.dropout, seed=seed, dtype="float32", name="dropout")(x)
        return keras.Model(maps if len(maps) > 1 else maps[0], _logits(x, task, seed), name="head")


class LinearMap(Head):
    """One linear layer on each cell of the backbone's last map, whose features are standardized first.

    The counterpart of the head ``linear`` for masks: fast, but its masks have the resolution of the last map, often
    a 32nd of the image's.
    """

    name: ClassVar[str] = "linear-map"
    takes: ClassVar[Takes] = "map"
    output_form: ClassVar[OutputForm] = "map"

    dropout: float = Field(default=0.0, ge=0, lt=1, description="dropout rate of the features")

    def build(self, shape: MapShape, task: Task, seed: int) -> keras.Model:
        """Return (batch, height, width, channels) to logits (batch, height, width, outputs)."""
        import keras

        inputs = keras.Input((None, None, shape.channels), name="features")
        x = _standardized(inputs, "standardize")
        if self.dropout:
            x = keras.layers.SpatialDropout2D(self.dropout, seed=seed, name="dropout")(x)
        return keras.Model(inputs, _logits(x, task, seed), name="head")


def _standardized(features: Any, name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(
        scale=False, center=False, momentum=0.9, epsilon=_EPSILON, dtype="float32", name=name
    )(features)


def _logits(x: Any, task: Task, seed: int) -> Any:
    from keras import initializers, layers

    kernel = initializers.GlorotUniform(seed=seed)
    return layers.Conv2D(task.outputs, 1, kernel_initializer=kernel, dtype="float32", name="logits")(x)
