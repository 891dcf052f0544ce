"""The pyramid head: a linear layer on the features of several stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from tlzoo.heads.contract import Head
from tlzoo.heads.inputs import Level, Takes

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import Task

__all__ = ["Pyramid"]

_EPSILON = 1e-3


class Pyramid(Head):
    """One dense layer on the concatenated averaged maps of several stages.

    Early stages have colours and textures that the last one may have lost. Head2Toe (Evci et al. 2022, arXiv
    2201.03529) trains a linear layer on the features of all layers and keeps those that a group lasso
    selects. This head is the linear layer without the selection: it takes one map per stage, averages each over its
    area, and standardizes all features by the statistics of the training batches, as the head ``linear`` does.
    """

    name: ClassVar[str] = "pyramid"
    takes: ClassVar[Takes] = "pyramid"

    stages: tuple[str, ...] = Field(default=(), description="names of the stages; []: all stages with a map")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="dropout rate of the features")

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:
        """Return the option ``stages``, or all stages with a map."""
        return self.stages or stages

    def build(self, shape: tuple[Level, ...], task: Task, seed: int) -> keras.Model:
        """Return the maps (batch, height, width, channels) of all levels to logits or standardized numbers."""
        import keras
        from keras import initializers, layers

        maps = [keras.Input((None, None, level.shape.channels), name=f"features_{level.stage}") for level in shape]
        pooled = [
            layers.GlobalAveragePooling2D(dtype="float32", name=f"average_{level.stage}")(each)
            for level, each in zip(shape, maps, strict=True)
        ]
        x = pooled[0] if len(pooled) == 1 else layers.Concatenate(dtype="float32", name="side_by_side")(pooled)
        x = layers.BatchNormalization(
            scale=False, center=False, momentum=0.9, epsilon=_EPSILON, dtype="float32", name="standardize"
        )(x)
        if self.dropout:
            x = layers.Dropout(self.dropout, seed=seed, name="dropout")(x)
        kernel = initializers.GlorotUniform(seed=seed)
        logits = layers.Dense(task.outputs, kernel_initializer=kernel, dtype="float32", name="logits")(x)
        return keras.Model(maps if len(maps) > 1 else maps[0], logits, name="head")
