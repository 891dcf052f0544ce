"""``tf.data`` streams of samples that terminate reliably.

tf.data's autotuner is off in all streams. It has a thread for each iteration. The iteration's end waits for this
thread, which sometimes misses the signal to stop and then sleeps for up to a minute (`Model::OptimizeLoop` in
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
"""Bytes per pixel to decode an image: three for the image, for a copy or the next image, and for the decoder.

The first decoding of a transparent image takes 14, because it is decoded over two backgrounds.
"""

_AHEAD = 2


def stream_of(items: Any) -> tf.data.Dataset:
    """Return a stream of an array's rows (N, …), in this order."""
    import tensorflow as tf

    return _steady(tf.data.Dataset.from_tensor_slices(items))


def in_parallel(stream: tf.data.Dataset, function: Callable[..., Any], at_once: int | None = None) -> tf.data.Dataset:
    """Apply ``function`` to each element, in order, ``at_once`` in parallel. None: one per core."""
    import tensorflow as tf

    if at_once == 1:
        return _steady(stream.map(function))
    return _steady(stream.map(function, num_parallel_calls=at_once or tf.data.AUTOTUNE, deterministic=True))


def images_at_once(examples: Any) -> int | None:
    """Return the number of images to decode in parallel within their share of the memory limit.

    None is one per core. ``examples`` may have ``shapes``, int64 (N, 3); without it, image sizes are
    unknown.
    """
    shapes = getattr(examples, "shapes", None)
    if shapes is None or not len(shapes):
        return None
    largest = int(np.prod(np.asarray(shapes, np.int64)[:, :2], axis=1).max())
    fit = max(1, share("decoding") // max(1, BYTES_A_PIXEL * largest))
    return fit if fit < (os.cpu_count() or 1) else None


def in_batches(stream: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Return batches of ``size`` elements; the next ones are prepared while one is used."""
    return stream.batch(size).prefetch(_AHEAD)


def _steady(stream: tf.data.Dataset) -> tf.data.Dataset:
    """Return the stream without tf.data's autotuner; streams derived from it have none either.

    Raises:
        RunError: In a fork of a process that used TensorFlow, where a stream would hang.
    """
    import tensorflow as tf

    refuse_fork()
    options = tf.data.Options()
    options.autotune.enabled = False
    return stream.with_options(options)
