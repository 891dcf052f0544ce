"""Heads that return a map of logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from tlzoo.heads import Head, Level, MapShape, Takes

from ..feature_pyramid import FeaturePyramid, standardized

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import OutputForm, Task

__all__ = ["LinearMap", "PyramidMap"]


class PyramidMap(FeaturePyramid):
    """A feature pyramid: maps of several stages, merged from the coarsest to the finest, and a linear layer.

    The semantic branch of Panoptic FPN (Kirillov et al. 2019, arXiv 1901.02446, section 3.1) on a feature pyramid, with
    one convolution a level, after which all levels are added at the size of the finest.
    """

    name: ClassVar[str] = "fpn"
    output_form: ClassVar[OutputForm] = "map"

    dropout: float = Field(default=0.1, ge=0, lt=1, description="dropout rate of the merged channels")

    def build(self, shape: tuple[Level, ...], task: Task, seed: int) -> keras.Model:
        """Return the maps (batch, height, width, channels) of all levels to logits at the size of the finest."""
        import keras
        from keras import layers

        from ..resizing import ResizeLike

        inputs, levels = self.pyramid(shape, seed)
        finest, *coarser = levels
        merged = [
            *(
                ResizeLike(dtype="float32", name=f"to_finest_{at}")([each, finest])
                for at, each in enumerate(reversed(coarser))
            ),
            finest,
        ]
        x = merged[0] if len(merged) == 1 else layers.Add(dtype="float32", name="merged")(merged)
        if self.dropout:
            x = layers.SpatialDropout2D(self.dropout, seed=seed, dtype="float32", name="dropout")(x)
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], _logits(x, task, seed), name="head")


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
        x = standardized(inputs, "standardize")
        if self.dropout:
            x = keras.layers.SpatialDropout2D(self.dropout, seed=seed, name="dropout")(x)
        return keras.Model(inputs, _logits(x, task, seed), name="head")


def _logits(x: Any, task: Task, seed: int) -> Any:
    from keras import initializers, layers

    kernel = initializers.GlorotUniform(seed=seed)
    return layers.Conv2D(task.outputs, 1, kernel_initializer=kernel, dtype="float32", name="logits")(x)
