"""The frozen part below a boundary: computed by an engine, and cached in the store."""

from __future__ import annotations

import hashlib
import json
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import TrainingError
from tlzoo.training.costs.peak_memory import forward_batch
from tlzoo.training.frozen.cache_budget import cached_dtypes
from tlzoo.training.frozen.engines import EngineUnfitError, Run, compiled, compiled_or_tensorflow, requested_engine
from tlzoo.training.frozen.feeds import StreamFeed
from tlzoo.training.frozen.store import FeatureStore, network_digest
from tlzoo.training.frozen.views import AugmentedFeed, View

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.training.contract import Setup
    from tlzoo.training.frozen.feeds import Feed
    from tlzoo.training.network import Severed

__all__ = ["EngineFeed", "FrozenPart", "feature_key", "in_parts", "is_stored", "sample_signature", "stored"]


@dataclass(slots=True)
class FrozenPart:
    """The part of a network below a cut, with its present weights; compiled at the first batch, also the probe.

    Batches that do not fit the memory limit are computed in parts.
    """

    severed: Severed
    setup: Setup
    engine: str
    _run: Run | None = None

    def over(self, batches: Iterator[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """Yield the boundary's tensors (batch, …) for each batch of prepared samples (batch, …), in order."""
        first = next(batches, None)
        if first is None:
            return
        most = forward_batch(self.setup, self.engine, len(first))
        if self._run is None:
            signature, note = sample_signature(self.setup), self.setup.progress.note
            self._run = compiled_or_tensorflow(self.engine, self.severed.below, signature, first[:most], note)
        yield from in_parts(self._run, chain([first], batches), most)


@dataclass(frozen=True, slots=True)
class EngineFeed:
    """Samples that pass the frozen part in every epoch; the next ones are read in parallel."""

    samples: Feed
    frozen: FrozenPart

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield lists of the arrays (batch, …) at the boundary."""
        batches = self.samples.batches(order, batch_size)
        yield from self.frozen.over(batch if isinstance(batch, np.ndarray) else batch.numpy() for (batch,) in batches)


def in_parts(run: Run, batches: Iterable[np.ndarray], most: int) -> Iterator[list[np.ndarray]]:
    """Yield the outputs (batch, …) of whole batches, each computed in parts of at most ``most`` samples."""
    counts: deque[int] = deque()

    def parts() -> Iterator[np.ndarray]:
        for batch in batches:
            counts.append(math.ceil(len(batch) / most))
            for begin in range(0, len(batch), most):
                yield batch[begin : begin + most]

    computed = run.over(parts())
    for first in computed:
        pieces = [first, *islice(computed, counts.popleft() - 1)]
        yield first if len(pieces) == 1 else [np.concatenate(each) for each in zip(*pieces, strict=True)]


def sample_signature(setup: Setup) -> tf.TensorSpec:
    """Return shape and dtype of a batch of prepared samples."""
    import tensorflow as tf

    preprocessing = setup.backbone.preprocessing
    return tf.TensorSpec((None, *preprocessing.shape), preprocessing.dtype)


def stored(
    severed: Severed, setup: Setup, store: FeatureStore, samples: np.ndarray, engine: str, view: View | None = None
) -> list[np.ndarray]:
    """Return the boundary's tensors (len(samples), …) for the samples at these positions: from the store, or computed.

    They are those of the original samples, or augmented as in ``view``.
    If an engine is unfit, TensorFlow computes them, with a note. If no engine was requested, results of TensorFlow
    are reused. Raises OSError if the store cannot be written.
    """
    keys = _keys(severed, setup, samples, engine, view)
    for name in sorted(keys, key=lambda name: not store.holds(keys[name])):
        try:
            return _arrays(keys[name], name, severed, setup, store, samples, view)
        except EngineUnfitError as error:
            setup.progress.note(f"{error.what}; using TensorFlow")
    key = feature_key(network_digest(severed.below), severed, setup, samples, "tensorflow", view)
    return _arrays(key, "tensorflow", severed, setup, store, samples, view)


def is_stored(
    severed: Severed, setup: Setup, store: FeatureStore, samples: np.ndarray, engine: str, view: View | None = None
) -> bool:
    """Return whether ``stored`` has nothing to compute."""
    return any(store.holds(key) for key in _keys(severed, setup, samples, engine, view).values())


def _keys(severed: Severed, setup: Setup, samples: np.ndarray, engine: str, view: View | None) -> dict[str, str]:
    """Return the acceptable engines, the preferred one first, with the key of each."""
    digest = network_digest(severed.below)
    engines = [engine] if requested_engine() == engine else [engine, "tensorflow"]
    return {name: feature_key(digest, severed, setup, samples, name, view) for name in engines}


def _arrays(
    key: str,
    engine: str,
    severed: Severed,
    setup: Setup,
    store: FeatureStore,
    samples: np.ndarray,
    view: View | None,
) -> list[np.ndarray]:
    dtypes = cached_dtypes(severed.dtypes)

    def compute() -> Iterator[Sequence[np.ndarray]]:
        size = forward_batch(setup, engine)
        batches = (np.asarray(batch) for (batch,) in _feed(setup, view).batches(samples, size))
        what = "features" if view is None or view.number is None else f"view {view.number + 1}"
        with setup.progress.track(what, len(samples), "samples") as advance:
            first = next(batches, None)
            if first is None:
                return
            run = compiled(engine, severed.below, sample_signature(setup), first)
            for tensors in run.over(chain([first], batches)):
                yield [_in(dtype, tensor) for dtype, tensor in zip(dtypes, tensors, strict=True)]
                advance(len(tensors[0]))

    augmented = "" if view is None else ", augmented"
    description = f"{setup.data.samples.source}, {setup.backbone.model.name}, {engine}{augmented}"
    return store.arrays(key, len(samples), severed.shapes, dtypes, compute, description)


def _feed(setup: Setup, view: View | None) -> Feed:
    plain = StreamFeed(setup.data.examples, setup.backbone.preprocessing)
    return plain if setup.augment is None or view is None else AugmentedFeed(plain, setup.augment, view)


def feature_key(
    digest: str, severed: Severed, setup: Setup, samples: np.ndarray, engine: str, view: View | None
) -> str:
    """Return the cache key: network with weights, preprocessing, samples by content, engine and precision.

    For augmented samples it includes the operations, the random base and the positions of samples.
    """
    about = {
        "below": digest,
        "prepare": setup.backbone.preprocessing.identity,
        "data": hashlib.sha256(setup.data.samples.digests[samples].tobytes()).hexdigest(),
        "engine": engine,
        "dtypes": cached_dtypes(severed.dtypes),
    }
    if setup.augment is not None and view is not None:
        positions = hashlib.sha256(samples.astype("<i8").tobytes()).hexdigest()
        about |= {"augment": setup.augment.options.identity, "draws": f"{view.base} {positions}"}
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _in(dtype: str, tensor: np.ndarray) -> np.ndarray:
    if tensor.dtype == dtype:
        return tensor
    with np.errstate(over="ignore"):
        halved = tensor.astype(dtype)
    if np.isinf(halved).any():
        raise TrainingError(
            f"an activation of {np.abs(tensor).max():.3g} is too large for {dtype}", "unset TLZOO_CACHE_DTYPE"
        )
    return halved
