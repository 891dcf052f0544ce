"""Streams of samples that end when they end.

tf.data's autotuner is off in all of them. It has a thread for each iteration, which the iteration's end waits for and
which now and then misses that it was told to stop: then it sleeps on, for up to a minute (`Model::OptimizeLoop` in
TensorFlow 2.21; `tests/benchmarks/stream_ends.py` measures it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["in_batches", "in_parallel", "stream_of"]

_AHEAD = 2


def stream_of(items: Any) -> tf.data.Dataset:
    """Return a stream of an array's rows (N, …), in this order."""
    import tensorflow as tf

    return _steady(tf.data.Dataset.from_tensor_slices(items))


def in_parallel(stream: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
    """Return what ``function`` makes of each element, in their order, several at a time."""
    import tensorflow as tf

    return _steady(stream.map(function, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))


def in_batches(stream: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Return batches of ``size`` elements; the next ones are made while one is used."""
    return stream.batch(size).prefetch(_AHEAD)


def _steady(stream: tf.data.Dataset) -> tf.data.Dataset:
    """Return the stream without tf.data's autotuner; what is made of it has none either."""
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return stream.with_options(options)
