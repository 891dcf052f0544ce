"""Features of backbones, and their pooling to one vector per sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from keras import KerasTensor

__all__ = ["FeatureMap", "Features", "Pooling", "Sequence", "Vector", "pool", "pooled_size"]

Pooling = Literal["declared", "average", "max", "flatten", "first", "last", "pooler"]


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector per sample: output (batch, size)."""

    size: int


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """A map of vectors: output (batch, height, width, channels). ``pooling`` is that of pretraining."""

    height: int
    width: int
    channels: int
    pooling: Pooling = "average"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence of vectors: outputs (batch, length, size) and its mask (batch, length), which is explicit.

    With ``pooling`` "pooler" there is a third output (batch, size): the sequence pooled by
    trained layers, as in BERT. With ``normalized`` the declared vector has length one, as in sentence embeddings;
    other poolings do not.
    """

    length: int
    size: int
    pooling: Pooling = "first"
    normalized: bool = False


Features = Vector | FeatureMap | Sequence


def pooled_size(features: Features, pooling: Pooling = "declared") -> int:
    """Return the length of the vector that ``pool`` returns for these features."""
    match features:
        case Vector(size):
            return size
        case FeatureMap(height, width, channels):
            return height * width * channels if _resolve(features, pooling) == "flatten" else channels
        case Sequence(length, size):
            return length * size if _resolve(features, pooling) == "flatten" else size


def pool(features: Features, outputs: list[KerasTensor], pooling: Pooling = "declared") -> KerasTensor:
    """Add the parameter-free pooling to a backbone's symbolic outputs: (batch, …) to (batch, pooled size).

    Raises UsageError for an invalid pooling (``first`` of a map).
    """
    from keras import layers

    how = _resolve(features, pooling)
    if isinstance(features, Vector):
        return outputs[0]
    if how == "flatten":
        return layers.Flatten(name="pooling")(outputs[0])
    if isinstance(features, FeatureMap):
        layer = layers.GlobalAveragePooling2D if how == "average" else layers.GlobalMaxPooling2D
        return layer(name="pooling")(outputs[0])
    vector = outputs[2] if how == "pooler" else _pool_sequence(outputs[:2], how)
    return _unit(vector) if features.normalized and pooling == "declared" else vector


def _resolve(features: Features, pooling: Pooling) -> str:
    if isinstance(features, Vector):
        return "none"
    how = features.pooling if pooling == "declared" else pooling
    valid = ["average", "max", "flatten"]
    if isinstance(features, Sequence):
        valid += ["first", "last"] + ["pooler"] * (features.pooling == "pooler")
    if how not in valid:
        raise UsageError(f"pooling {how!r} does not apply to {type(features).__name__}", f"valid: {', '.join(valid)}")
    return how


def _unit(vector: KerasTensor) -> KerasTensor:
    """Divide each vector (batch, size) by its length."""
    from keras import ops

    squared = ops.sum(ops.square(ops.cast(vector, "float32")), axis=-1, keepdims=True)
    return vector * ops.rsqrt(ops.maximum(squared, 1e-24))


def _pool_sequence(outputs: list[KerasTensor], how: str) -> KerasTensor:
    """Pool (batch, length, size) with its mask (batch, length), with operations that can be saved and cut.

    In float32, because sums over a sequence overflow in half precision; the length may be unknown.
    """
    from keras import ops

    tokens, mask = outputs
    tokens, kept = ops.cast(tokens, "float32"), ops.cast(mask, "bool")
    if how == "first":
        return tokens[:, 0]
    if how == "max":
        return ops.max(ops.where(ops.expand_dims(kept, -1), tokens, -3.4e38), axis=1)
    if how == "last":
        counts = ops.cumsum(ops.cast(mask, "int32"), axis=1)
        kept = ops.logical_and(kept, ops.equal(counts, ops.max(counts, axis=1, keepdims=True)))
    weights = ops.expand_dims(ops.cast(kept, "float32"), -1)
    return ops.sum(tokens * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)
