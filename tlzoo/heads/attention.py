"""Attention pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, PositiveInt

from tlzoo.heads.contract import Head
from tlzoo.heads.inputs import SequenceShape, Takes

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import Task

__all__ = ["Attention"]

_EPSILON = 1e-6


class Attention(Head):
    """Multi-head attention pooling over tokens or the cells of a map, then one dense layer.

    Each attention head weights the positions by a learned query and sums their values. This is the attentional pooler
    of CoCa (Yu et al. 2022, arXiv 2205.01917, section 3.2) with a single query, based on pooling by multihead
    attention (PMA) in the Set Transformer (Lee et al. 2019, arXiv 1810.00825, section 3.2). Positions are normalized
    before and the pooled vector after the attention (layer normalization).

    A constant query and the projection of its keys are two successive matrices: their product,
    one vector of scores for each attention head, is learned instead. It starts near zero, so training starts from
    the average over the positions. There is no positional encoding: backbones have it.
    """

    name: ClassVar[str] = "attention"
    takes: ClassVar[Takes] = "sequence"

    heads: PositiveInt = Field(default=4, description="number of attention heads")
    units: PositiveInt = Field(default=128, description="units of the pooled vector, divided among the heads")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="dropout rate of the pooled units")

    def build(self, shape: SequenceShape, task: Task, seed: int) -> keras.Model:
        """Return (batch, length, size), and its mask (batch, length), to logits or standardized numbers."""
        import keras
        from keras import initializers, layers, ops

        size = -(-self.units // self.heads)
        sequence = keras.Input((None, shape.size), name="features")
        mask = keras.Input((None,), dtype="bool", name="mask") if shape.masked else None
        x = layers.LayerNormalization(epsilon=_EPSILON, dtype="float32", name="normalization")(sequence)
        near_zero = initializers.TruncatedNormal(stddev=0.02, seed=seed)
        scores = layers.Dense(self.heads, use_bias=False, kernel_initializer=near_zero, dtype="float32", name="scores")(
            x
        )
        kept = None if mask is None else ops.expand_dims(mask, -1)
        weights = layers.Softmax(axis=1, dtype="float32", name="weights")(scores, mask=kept)
        kernel = initializers.GlorotUniform(seed=seed + 1)
        values = layers.Dense(self.heads * size, kernel_initializer=kernel, dtype="float32", name="values")(x)
        values = layers.Reshape((-1, self.heads, size), name="value_of_each_head")(values)
        pooled = layers.Flatten(name="pooled")(ops.einsum("blh,blhs->bhs", weights, values))
        pooled = layers.LayerNormalization(epsilon=_EPSILON, dtype="float32", name="pooled_normalization")(pooled)
        if self.dropout:
            pooled = layers.Dropout(self.dropout, seed=seed, name="dropout")(pooled)
        kernel = initializers.GlorotUniform(seed=seed)
        logits = layers.Dense(task.outputs, kernel_initializer=kernel, dtype="float32", name="logits")(pooled)
        return keras.Model(sequence if mask is None else [sequence, mask], logits, name="head")
