"""A network divided at a boundary: tensors from below are cached or streamed; the part above trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training.costs.multiply_adds import frozen_multiply_adds
from tlzoo.training.costs.peak_memory import forward_batch, samples_in_memory
from tlzoo.training.frozen.augmented_samples import Augmented
from tlzoo.training.frozen.cache_budget import cached_samples, row_bytes
from tlzoo.training.frozen.engines import engine_for
from tlzoo.training.frozen.feeds import Feed, KeptFeed, StreamFeed, prepared
from tlzoo.training.frozen.frozen_part import EngineFeed, FrozenPart, sample_signature, stored
from tlzoo.training.network import as_list

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.training.contract import Setup
    from tlzoo.training.frozen.store import FeatureStore
    from tlzoo.training.frozen.views import View
    from tlzoo.training.network import Network, Severed

__all__ = ["Boundary", "open_boundary", "samples_fit_memory"]

_FORWARD_BATCH = 32
_VECTOR_RANK = 2


@dataclass(slots=True)
class Boundary:
    """The boundary of a network, with the feed of its inputs.

    If ``ready`` is a model, the feed gives samples, and ``ready`` maps them to the boundary at every step; else the
    feed gives the boundary's tensors. ``feed`` has the original samples; ``augmented`` is set if training uses
    augmented ones. ``most`` is the largest batch size in inference. ``observed`` are the stages
    with features that ``above`` returns in addition to the head's inputs.
    """

    feed: Feed
    ready: keras.Model | None
    above: keras.Model | None
    head: keras.Model
    signature: tuple[tf.TensorSpec, ...]
    augmented: Augmented | None = None
    most: int = _FORWARD_BATCH
    observed: tuple[str, ...] = ()
    _infer: Any = None

    def training(self, view: View) -> Feed:
        """Return the feed for training."""
        return self.feed if self.augmented is None else self.augmented.feed(view)

    def forward(self, tensors: Sequence[tf.Tensor], *, training: bool) -> tf.Tensor:
        """Return logits (batch, classes) for a batch of the feed."""
        return self.head(self.reach(tensors, training=training)[0], training=training)

    def reach(self, tensors: Sequence[tf.Tensor], *, training: bool) -> tuple[Any, dict[str, tf.Tensor]]:
        """Return the head's inputs for a batch of the feed, and the features of the observed stages by name.

        The head's inputs are a tensor (batch, …), or a list of several.
        """
        reached = list(tensors) if self.ready is None else as_list(self.ready(tensors[0], training=False))
        if self.above is not None:
            reached = as_list(self.above(reached if len(reached) > 1 else reached[0], training=training))
        count = len(self.head.inputs)
        entering = reached[:count] if count > 1 else reached[0]
        return entering, dict(zip(self.observed, reached[count:], strict=True))

    def logits(
        self, indices: np.ndarray, batch_size: int, watch: Callable[[Iterator[Any]], Iterator[Any]] = iter
    ) -> np.ndarray:
        """Return logits (N, classes) float32 of these samples in inference mode, in order.

        Batches are of ``batch_size``, but at least 32 and at most ``most``. ``watch`` receives each batch and passes it
        on.
        """
        if self._infer is None:
            self._infer = self._traced(lambda tensors: self.forward(tensors, training=False))
        return np.concatenate(
            [self._infer(tuple(tensors)).numpy() for tensors in watch(self._batches(indices, batch_size))]
        )

    def pooled(
        self, indices: np.ndarray, batch_size: int, advance: Callable[[int], None], *, with_outputs: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return features (N, D) float32 and, if asked for, logits of these samples, in order.

        Features are the head's inputs, averaged over their positions; of a pyramid those of its last level. ``advance``
        receives the number of samples of each batch.
        """

        def answered(tensors: Sequence[tf.Tensor]) -> tuple[tf.Tensor, ...]:
            entering = self.reach(tensors, training=False)[0]
            pooled = _averaged(as_list(entering))
            return (pooled, self.head(entering, training=False)) if with_outputs else (pooled,)

        infer = self._traced(answered)
        parts = []
        for tensors in self._batches(indices, batch_size):
            parts.append([each.numpy() for each in infer(tuple(tensors))])
            advance(len(parts[-1][0]))
        features, *logits = (np.concatenate(each) for each in zip(*parts, strict=True))
        return features, logits[0] if logits else None

    def _traced(self, function: Callable[[Sequence[tf.Tensor]], Any]) -> Any:
        """Return the graph of a function of a batch: TensorFlow warns if each run traces a function."""
        import tensorflow as tf

        return tf.function(function, input_signature=(self.signature,), autograph=False).get_concrete_function()

    def _batches(self, indices: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        return self.feed.batches(indices, min(self.most, max(batch_size, _FORWARD_BATCH)))


def _averaged(entering: Sequence[tf.Tensor]) -> tf.Tensor:
    """Return a head's inputs as features (batch, size): of a sequence with a mask the mean of what it keeps."""
    import tensorflow as tf

    if entering[-1].dtype == tf.bool:
        kept = tf.cast(entering[-1], tf.float32)[:, :, tf.newaxis]
        total = tf.reduce_sum(tf.cast(entering[0], tf.float32) * kept, 1)
        return total / tf.maximum(tf.reduce_sum(kept, 1), 1.0)
    last = tf.cast(entering[-1], tf.float32)
    return tf.reduce_mean(last, tuple(range(1, last.shape.rank - 1))) if last.shape.rank > _VECTOR_RANK else last


def open_boundary(
    network: Network,
    setup: Setup,
    store: FeatureStore,
    cut: int | None,
    *,
    kept: bool,
    engine: str | None = None,
    observed: tuple[str, ...] = (),
    inputs: bool = False,
) -> Boundary:
    """Take the network apart above the stage at ``cut`` (None: below the first) and open its feed.

    The part below has the present weights, and is computed by ``engine`` (None: that of a plan).
    If ``kept``, its outputs are cached in the store; if that cannot be written, this is reported, and they are computed
    each time. Features of ``observed`` stages are returned in addition to the head's inputs.
    With ``inputs``, the feed gives samples, and the frozen part is computed in each step with the network's variables.
    Samples are held in memory if all fit their share of the limit; otherwise they are read again every epoch.
    """
    import tensorflow as tf

    severed = network.sever(cut, observed)
    most = forward_batch(setup, "graph", max(_FORWARD_BATCH, setup.batch_size))
    if cut is None or inputs:
        samples = _samples(setup)
        signature = (sample_signature(setup),)
        boundary = Boundary(
            samples, severed.below, severed.above, network.head, signature, most=most, observed=observed
        )
        if setup.augment is not None:
            boundary.augmented = Augmented(setup, store, setup.augment, lambda: samples, None)
        return boundary
    frozen = FrozenPart(severed, setup, engine or engine_for(frozen_multiply_adds(setup, cut)))
    feed = _kept(setup, store, frozen) if kept else None
    streamed = partial(_samples, setup) if feed is None else partial(_samples, setup, setup.data.train)
    signature = tuple(
        tf.TensorSpec((None, *shape), dtype) for shape, dtype in zip(severed.shapes, severed.dtypes, strict=True)
    )
    feed = feed or EngineFeed(streamed(), frozen)
    boundary = Boundary(feed, None, severed.above, network.head, signature, most=most, observed=observed)
    if setup.augment is not None:
        boundary.augmented = Augmented(setup, store, setup.augment, streamed, frozen)
    return boundary


def _kept(setup: Setup, store: FeatureStore, frozen: FrozenPart) -> Feed | None:
    """Return the cached tensors, or None if the store cannot be written."""
    severed: Severed = frozen.severed
    samples = cached_samples(setup, row_bytes(severed.shapes, severed.dtypes))
    others = EngineFeed(StreamFeed(setup.data.examples, setup.backbone.preprocessing), frozen)
    if not len(samples):
        return others
    try:
        arrays = stored(severed, setup, store, samples, frozen.engine)
    except OSError as error:
        setup.progress.note(f"{error.strerror or error}: the frozen part is computed again in every epoch")
        return None
    rows = np.full(len(setup.data.examples), -1)
    rows[samples] = np.arange(len(samples))
    return KeptFeed(arrays, rows, severed.dtypes, others)


def samples_fit_memory(setup: Setup, wanted: np.ndarray | None = None) -> bool:
    """Return whether the prepared samples (those ``wanted``, or of all splits) are held in memory."""
    data = setup.data
    count = len(data.train) + len(data.validation) + len(data.test) if wanted is None else len(wanted)
    return samples_in_memory(setup, count) > 0


def _samples(setup: Setup, wanted: np.ndarray | None = None) -> Feed:
    """Return the feed of prepared samples: those ``wanted``, or those of all splits."""
    data, preprocessing = setup.data, setup.backbone.preprocessing
    if not samples_fit_memory(setup, wanted):
        return StreamFeed(data.examples, preprocessing)
    if wanted is None:
        wanted = np.concatenate([data.train, data.validation, data.test])
    rows = np.full(len(data.examples), -1)
    rows[wanted] = np.arange(len(wanted))
    held = np.empty((len(wanted), *preprocessing.shape), preprocessing.dtype)
    filled = 0
    with setup.progress.track("preparing", len(wanted), "samples") as advance:
        for batch in prepared(data.examples, preprocessing, wanted, _FORWARD_BATCH):
            held[filled : filled + len(batch)] = batch.numpy()
            filled += len(batch)
            advance(len(batch))
    return KeptFeed([held], rows)
