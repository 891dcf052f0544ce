"""Pooled features of a data set or of given inputs, from one stage or several concatenated stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.backbones import Backbone, Pooling, pool
from tlzoo.backbones import Sequence as TokenSequence
from tlzoo.errors import UsageError
from tlzoo.progress import Progress

if TYPE_CHECKING:
    from keras import KerasTensor

    from tlzoo.data import Samples
    from tlzoo.training import Setup
    from tlzoo.training.network import Severed

__all__ = ["Extraction", "extract", "pooled_stages", "setup_for"]

_MAP_RANK, _SEQUENCE_RANK, _VECTOR_RANK = 4, 3, 2


@dataclass(frozen=True, slots=True)
class Extraction:
    """Features float32 (N, D) of N samples, and the number of columns of each stage, in order."""

    features: np.ndarray
    stages: dict[str, int]


def extract(
    samples: Samples, backbone: Backbone, stages: Sequence[str], pooling: Pooling, progress: Progress
) -> Extraction:
    """Return the features of all samples, from the feature store or computed and stored.

    ``stages`` are names; empty means the last stage. ``pooling`` applies to the last stage; other stages are averaged
    over their positions. If the store is not writable, a note is printed and nothing is cached. Raises UsageError for a
    stage or pooling that the backbone does not have.
    """
    from tlzoo.training.frozen.frozen_part import stored
    from tlzoo.training.frozen.store import FeatureStore

    names, severed = pooled_stages(backbone, stages, pooling)
    setup = setup_for(samples, backbone, progress)
    everything = np.arange(len(samples.examples))
    engine = _engine(setup)
    try:
        arrays = stored(severed, setup, FeatureStore(note=progress.note), everything, engine)
    except OSError as error:
        progress.note(f"{error.strerror or error}: the features are not cached")
        arrays = _computed(severed, setup, engine)
    sizes = {name: shape[0] for name, shape in zip(names, severed.shapes, strict=True)}
    return Extraction(np.concatenate([np.asarray(each, np.float32) for each in arrays], axis=1), sizes)


def pooled_stages(backbone: Backbone, stages: Sequence[str], pooling: Pooling) -> tuple[list[str], Severed]:
    """Return the names of the stages, and a network from samples to one pooled tensor (batch, size) per stage.

    For the last stage alone, it is the network whose features training caches, so both share cached features.
    """
    import keras

    from tlzoo.training.network import Severed, as_list

    names = list(dict.fromkeys(stages)) or [backbone.stages[-1].name]
    model, preprocessing = backbone.model, backbone.preprocessing
    pooled = [_pooled(backbone, name, pooling) for name in names]
    samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
    tensors = as_list(keras.Model(model.input, pooled, name="prefix")(preprocessing.normalize(samples)))
    below = keras.Model(samples, tensors, name="below")
    shapes = tuple(tuple(tensor.shape[1:]) for tensor in tensors)
    return names, Severed(below, None, shapes, tuple(tensor.dtype for tensor in tensors))


def _pooled(backbone: Backbone, name: str, pooling: Pooling) -> KerasTensor:
    stage = backbone.stage(name)
    if stage is backbone.stages[-1]:
        return pool(backbone.features, list(backbone.model.outputs), pooling)
    if stage.cut is None:
        raise UsageError(
            f"the stage {name!r} has no usable output", "the backbone cannot be cut there; choose another stage"
        )
    parts = [_averaged(f"{name}_{number}", tensor, stage.cut) for number, tensor in enumerate(_activations(stage.cut))]
    if not parts:
        raise UsageError(f"the stage {name!r} has no activations", "choose another stage")
    return parts[0] if len(parts) == 1 else _concatenated(name, parts)


def _activations(cut: Sequence[KerasTensor]) -> list[KerasTensor]:
    return [tensor for tensor in cut if "float" in str(tensor.dtype) and len(tensor.shape) >= _VECTOR_RANK]


def _averaged(name: str, tensor: KerasTensor, cut: Sequence[KerasTensor]) -> KerasTensor:
    """Average a map over its positions, and a sequence over unmasked positions; return a vector unchanged."""
    from keras import layers

    rank = len(tensor.shape)
    if rank == _MAP_RANK:
        return layers.GlobalAveragePooling2D(name=f"pooling_{name}")(tensor)
    if rank == _VECTOR_RANK:
        return tensor
    if rank == _SEQUENCE_RANK:
        masks = [each for each in cut if "float" not in str(each.dtype) and len(each.shape) == _VECTOR_RANK]
        if masks:
            return pool(TokenSequence(tensor.shape[1] or 0, tensor.shape[2]), [tensor, masks[0]], "average")
        return layers.GlobalAveragePooling1D(name=f"pooling_{name}")(tensor)
    return layers.Flatten(name=f"pooling_{name}")(tensor)


def _concatenated(name: str, parts: list[KerasTensor]) -> KerasTensor:
    from keras import layers

    return layers.Concatenate(name=f"pooling_{name}")(parts)


def setup_for(samples: Samples, backbone: Backbone, progress: Progress) -> Setup:
    """Return a trainer's setup for all samples, which determines the names of cached features."""
    from tlzoo.data import Dataset
    from tlzoo.heads import Linear
    from tlzoo.training import Setup

    nothing = np.empty(0, np.int64)
    data = Dataset(samples, np.arange(len(samples.examples)), nothing, nothing)
    return Setup(backbone, Linear(), data, seed=0, checkpoints=Path(), progress=progress)


def _engine(setup: Setup) -> str:
    from tlzoo.training.costs.multiply_adds import frozen_multiply_adds
    from tlzoo.training.frozen.engines import engine_for

    return engine_for(frozen_multiply_adds(setup, len(setup.backbone.stages) - 1))


def _computed(severed: Severed, setup: Setup, engine: str) -> list[np.ndarray]:
    from tlzoo.training.costs.peak_memory import forward_batch
    from tlzoo.training.frozen.feeds import prepared
    from tlzoo.training.frozen.frozen_part import FrozenPart

    part = FrozenPart(severed, setup, engine)
    rows = np.arange(len(setup.data.examples))

    def batches() -> Iterator[Any]:
        with setup.progress.track("features", len(rows), "samples") as advance:
            size = forward_batch(setup, engine)
            batches = prepared(setup.data.examples, setup.backbone.preprocessing, rows, size)
            for tensors in part.over(batch.numpy() for batch in batches):
                yield tensors
                advance(len(tensors[0]))

    return [np.concatenate(parts) for parts in zip(*batches(), strict=True)]
