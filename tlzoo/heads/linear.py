"""One dense layer: the probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from tlzoo.heads.contract import Head

if TYPE_CHECKING:
    import keras

    from tlzoo.data import Task

__all__ = ["Linear"]


class Linear(Head):
    """One dense layer from pooled features to logits.

    Features differ in scale by orders of magnitude between backbones, so that one learning rate does not fit them all:
    they are standardized first by the statistics of the training batches (batch normalization without scale and offset,
    as in the linear probes of He et al. 2022, arXiv 2111.06377, appendix A.1).
    """

    name: ClassVar[str] = "linear"

    standardize: bool = Field(default=True, description="standardize the features by their training statistics")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="share of features dropped while training")

    def build(self, size: int, task: Task, seed: int) -> keras.Model:
        """Return (batch, size) to logits, or standardized numbers, (batch, outputs)."""
        import keras

        inputs = keras.Input((size,), name="features")
        x = inputs
        if self.standardize:
            x = keras.layers.BatchNormalization(scale=False, center=False, momentum=0.9, name="standardize")(x)
        if self.dropout:
            x = keras.layers.Dropout(self.dropout, seed=seed, name="dropout")(x)
        kernel = keras.initializers.GlorotUniform(seed=seed)
        logits = keras.layers.Dense(task.outputs, kernel_initializer=kernel, dtype="float32", name="logits")(x)
        return keras.Model(inputs, logits, name="head")
