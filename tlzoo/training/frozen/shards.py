"""Pooled features of a growing sample, cached by shards, so that larger samples reuse them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, final

import numpy as np

from tlzoo.training.costs.multiply_adds import stage_multiply_adds
from tlzoo.training.costs.peak_memory import forward_batch
from tlzoo.training.frozen.cache_budget import cached_dtypes
from tlzoo.training.frozen.engines import EngineUnfitError, Run, compiled, engine_for, requested_engine
from tlzoo.training.frozen.feeds import prepared
from tlzoo.training.frozen.frozen_part import feature_key, is_stored, sample_signature, stored
from tlzoo.training.frozen.store import FeatureStore, network_digest

if TYPE_CHECKING:
    from tlzoo.training.contract import Setup
    from tlzoo.training.network import Severed

__all__ = ["SHARD", "ShardedFeatures"]

SHARD = 64
"""Samples per shard. A sample of another size shares all its full shards with this one."""


@final
class ShardedFeatures:
    """The features of samples in a fixed order, computed by shards and cached in the feature store.

    If the store has the features of all samples of the source from training, they are used.
    ``expected`` is the total number of samples: it decides whether the conversion to an engine is worthwhile.
    """

    def __init__(self, severed: Severed, setup: Setup, store: FeatureStore, expected: int) -> None:
        self._severed = severed
        self._setup = setup
        self._store = store
        self._everything = np.arange(len(setup.data.examples))
        self._digest = network_digest(severed.below)
        self._engine = engine_for(sum(stage_multiply_adds(setup.backbone)) * expected)
        self._runs: dict[str, Run] = {}
        self.computed = 0
        """The number of samples that the last ``of`` computed."""

    def of(self, order: np.ndarray, what: str = "features") -> np.ndarray:
        """Return float32 (len(order), D): features of the samples at these positions.

        ``what`` is the progress label. Raises OSError if the store cannot be written.
        """
        self.computed = 0
        if self._has_all():
            arrays = stored(self._severed, self._setup, self._store, self._everything, self._engine)
            return _joined([each[order] for each in arrays])
        shards = _shards(order)
        missing = [shard for shard in shards if self._held(shard) is None]
        if missing:
            self.computed = sum(map(len, missing))
            with self._setup.progress.track(what, self.computed, "samples") as advance:
                for shard in missing:
                    self._compute(shard)
                    advance(len(shard))
        return np.concatenate([_joined(self._read(shard)) for shard in shards])

    def missing_shards(self, order: np.ndarray) -> list[np.ndarray]:
        """Return the shards of samples that are not in the store."""
        return [] if self._has_all() else [shard for shard in _shards(order) if self._held(shard) is None]

    def keep(self, shard: np.ndarray, features: np.ndarray) -> None:
        """Put features float32 (len(shard), D) of a shard, computed elsewhere by the same engine, into the store."""
        if self._held(shard) is None:
            sizes = np.cumsum([shape[0] for shape in self._severed.shapes])[:-1]
            parts = np.split(features, sizes, axis=1)
            self._arrays(shard, self._engine, parts)

    def _has_all(self) -> bool:
        return is_stored(self._severed, self._setup, self._store, self._everything, self._engine)

    def _held(self, shard: np.ndarray) -> str | None:
        """Return the engine whose results for this shard are in the store: the wanted one's, or TensorFlow's."""
        wanted = [self._engine] if requested_engine() == self._engine else [self._engine, "tensorflow"]
        return next((engine for engine in wanted if self._store.holds(self._key(shard, engine))), None)

    def _key(self, shard: np.ndarray, engine: str) -> str:
        return feature_key(self._digest, self._severed, self._setup, shard, engine, None)

    def _compute(self, shard: np.ndarray) -> None:
        try:
            self._arrays(shard, self._engine)
        except EngineUnfitError as error:
            self._setup.progress.note(f"{error.what}; using TensorFlow")
            self._engine = "tensorflow"
            self._arrays(shard, self._engine)

    def _read(self, shard: np.ndarray) -> list[np.ndarray]:
        return self._arrays(shard, self._held(shard) or self._engine)

    def _arrays(self, shard: np.ndarray, engine: str, known: Sequence[np.ndarray] | None = None) -> list[np.ndarray]:
        severed, setup = self._severed, self._setup
        dtypes = cached_dtypes(severed.dtypes)

        def compute() -> Iterator[Sequence[np.ndarray]]:
            if known is not None:
                yield [part.astype(dtype, copy=False) for dtype, part in zip(dtypes, known, strict=True)]
                return
            size = forward_batch(setup, engine)
            stream = prepared(setup.data.examples, setup.backbone.preprocessing, shard, size)
            batches = (batch.numpy() for batch in stream)
            first = next(batches)
            for tensors in self._run(engine, first).over(chain([first], batches)):
                yield [tensor.astype(dtype, copy=False) for dtype, tensor in zip(dtypes, tensors, strict=True)]

        description = f"{setup.data.samples.source}, {setup.backbone.model.name}, {engine}, {len(shard)} samples"
        return self._store.arrays(self._key(shard, engine), len(shard), severed.shapes, dtypes, compute, description)

    def _run(self, engine: str, probe: np.ndarray) -> Run:
        if engine not in self._runs:
            self._runs[engine] = compiled(engine, self._severed.below, sample_signature(self._setup), probe)
        return self._runs[engine]


def _shards(order: np.ndarray) -> list[np.ndarray]:
    return [order[begin : begin + SHARD] for begin in range(0, len(order), SHARD)]


def _joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(each, np.float32) for each in arrays], axis=1)
