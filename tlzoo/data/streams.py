"""Streams of samples that end when they end.

tf.data's autotuner is off in all of them. It has a thread for each iteration, which the iteration's end waits for and
which now and then misses that it was told to stop: then it sleeps on, for up to a minute (`Model::OptimizeLoop` in
TensorFlow 2.21; `tests/benchmarks/stream_ends.py` measures it).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.process.forks import refuse_fork
from tlzoo.process.memory import share

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["BYTES_A_PIXEL", "images_at_once", "in_batches", "in_parallel", "stream_of"]

BYTES_A_PIXEL = 8
"""What decoding an image takes: three bytes, those of a copy or of the next image, and what a decoder works in.

The first look at a transparent image takes 14, as it is decoded over two backgrounds.
"""

_AHEAD = 2


def stream_of(items: Any) -> tf.data.Dataset:
    """Return a stream of an array's rows (N, …), in this order."""
    import tensorflow as tf

    return _steady(tf.data.Dataset.from_tensor_slices(items))


def in_parallel(stream: tf.data.Dataset, function: Callable[..., Any], at_once: int | None = None) -> tf.data.Dataset:
    """Return what ``function`` makes of each element, in their order, ``at_once`` at a time; None: as many as cores."""
    import tensorflow as tf

    if at_once == 1:
        return _steady(stream.map(function))
    return _steady(stream.map(function, num_parallel_calls=at_once or tf.data.AUTOTUNE, deterministic=True))


def images_at_once(examples: Any) -> int | None:
    """Return how many images are decoded and prepared at a time so that they fit their share of the memory limit.

    None is as many as there are cores. ``examples`` may have ``shapes``, int64 (N, 3); where they do not, nothing is
    known of their sizes.
    """
    shapes = getattr(examples, "shapes", None)
    if shapes is None or not len(shapes):
        return None
    largest = int(np.prod(np.asarray(shapes, np.int64)[:, :2], axis=1).max())
    fit = max(1, share("decoding") // max(1, BYTES_A_PIXEL * largest))
    return fit if fit < (os.cpu_count() or 1) else None


def in_batches(stream: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Return batches of ``size`` elements; the next ones are made while one is used."""
    return stream.batch(size).prefetch(_AHEAD)


def _steady(stream: tf.data.Dataset) -> tf.data.Dataset:
    """Return the stream without tf.data's autotuner; what is made of it has none either.

    Raises RunError in a fork of a process that used TensorFlow: a stream would hang there.
    """
    import tensorflow as tf

    refuse_fork()
    options = tf.data.Options()
    options.autotune.enabled = False
    return stream.with_options(options)
