"""A network taken apart at one place: what is below gives tensors, kept or streamed; what is above trains."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training.feeding import Feed, KeptFeed, StreamFeed, prepared
from tlzoo.training.network import as_list
from tlzoo.training.store import FeatureStore, network_digest

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.training.contract import Setup
    from tlzoo.training.network import Network, Severed

__all__ = ["Boundary", "open_boundary"]

_MEMORY_FOR_SAMPLES = 1_000_000_000
_FORWARD_BATCH = 32


@dataclass(slots=True)
class Boundary:
    """Where a network is taken apart, with the feed of what enters there.

    With ``frozen`` a model, the feed gives samples and ``frozen`` takes them to the boundary at every step, in inference
    mode; else the feed gives the boundary's tensors.
    """

    feed: Feed
    frozen: keras.Model | None
    above: keras.Model | None
    head: keras.Model
    signature: tuple[tf.TensorSpec, ...]
    _infer: Any = None

    def forward(self, tensors: Sequence[tf.Tensor], *, training: bool) -> tf.Tensor:
        """Return logits (batch, classes) for what the feed gives; what is frozen below never trains."""
        reached = list(tensors) if self.frozen is None else as_list(self.frozen(tensors[0], training=False))
        if self.above is None:
            features = reached[0]
        else:
            features = self.above(reached if len(reached) > 1 else reached[0], training=training)
        return self.head(features, training=training)

    def logits(self, indices: np.ndarray, batch_size: int) -> np.ndarray:
        """Return logits (N, classes) float32 of these samples in inference mode, in order."""
        import tensorflow as tf

        if self._infer is None:
            self._infer = tf.function(
                lambda tensors: self.forward(tensors, training=False),
                input_signature=(self.signature,),
                autograph=False,
            )
        batches = self.feed.batches(indices, max(batch_size, _FORWARD_BATCH))
        return np.concatenate([self._infer(tuple(tensors)).numpy() for tensors in batches])


def open_boundary(network: Network, setup: Setup, store: FeatureStore, cut: int | None, *, kept: bool) -> Boundary:
    """Take the network apart above the stage at ``cut`` (None: below the first) and open its feed.

    ``kept``: the tensors at the cut are computed once, through the store. Otherwise samples are fed: from memory where all
    of them fit a gigabyte, else read again every epoch.
    """
    import tensorflow as tf

    severed = network.sever(cut)
    if cut is not None and kept:
        feed: Feed = KeptFeed(_stored(severed, setup, store), np.arange(len(setup.data.examples)))
        signature = tuple(
            tf.TensorSpec((None, *shape), dtype) for shape, dtype in zip(severed.shapes, severed.dtypes, strict=True)
        )
        return Boundary(feed, None, severed.above, network.head, signature)
    preprocessing = setup.backbone.preprocessing
    signature = (tf.TensorSpec((None, *preprocessing.shape), preprocessing.dtype),)
    return Boundary(_samples(setup), severed.below, severed.above, network.head, signature)


def _stored(severed: Severed, setup: Setup, store: FeatureStore) -> list[np.ndarray]:
    key = _key(severed, setup)
    rows = len(setup.data.examples)

    def compute() -> Iterator[Sequence[np.ndarray]]:
        import tensorflow as tf

        below = tf.function(lambda samples: severed.below(samples, training=False), reduce_retracing=True)
        with setup.progress.track("features", rows, "samples") as advance:
            for samples in prepared(setup.data.examples, setup.backbone.preprocessing, np.arange(rows), _FORWARD_BATCH):
                yield [tensor.numpy() for tensor in as_list(below(samples))]
                advance(len(samples))

    return store.arrays(key, rows, severed.shapes, severed.dtypes, compute)


def _key(severed: Severed, setup: Setup) -> str:
    """Name what is computed: network with weights, preprocessing, data. The split does not matter: all samples are kept."""
    about = {
        "below": network_digest(severed.below),
        "prepare": repr(setup.backbone.preprocessing.prepare),
        "data": hashlib.sha256(setup.data.samples.digests.tobytes()).hexdigest(),
        "engine": "tensorflow",
    }
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _samples(setup: Setup) -> Feed:
    data, preprocessing = setup.data, setup.backbone.preprocessing
    size = 1 if preprocessing.dtype == "string" else np.dtype(preprocessing.dtype).itemsize
    wanted = np.concatenate([data.train, data.validation, data.test])
    if preprocessing.dtype == "string" or math.prod(preprocessing.shape) * size * len(wanted) > _MEMORY_FOR_SAMPLES:
        return StreamFeed(data.examples, preprocessing)
    rows = np.full(len(data.examples), -1)
    rows[wanted] = np.arange(len(wanted))
    batches = []
    with setup.progress.track("preparing", len(wanted), "samples") as advance:
        for batch in prepared(data.examples, preprocessing, wanted, _FORWARD_BATCH):
            batches.append(batch.numpy())
            advance(len(batch))
    return KeptFeed([np.concatenate(batches)], rows)

