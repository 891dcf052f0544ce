"""Batches at a boundary: from arrays that are kept, or streamed through the preparation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from tlzoo.backbones import Preprocessing
    from tlzoo.data import Examples

__all__ = ["Feed", "KeptFeed", "StreamFeed", "prepared"]


class Feed(Protocol):
    """Gives the tensors at a boundary for samples in a given order, a batch at a time."""

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]: ...


@dataclass(frozen=True, slots=True)
class KeptFeed:
    """Rows of arrays; ``rows[i]`` is the row of sample ``i``."""

    arrays: Sequence[np.ndarray]
    rows: np.ndarray

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield lists of arrays (batch, …)."""
        for begin in range(0, len(order), batch_size):
            rows = self.rows[order[begin : begin + batch_size]]
            yield [array[rows] for array in self.arrays]


@dataclass(frozen=True, slots=True)
class StreamFeed:
    """Samples read and prepared as they are needed."""

    examples: Examples
    preprocessing: Preprocessing

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield lists of one array: a batch of samples."""
        for batch in prepared(self.examples, self.preprocessing, order, batch_size):
            yield [batch]


def prepared(examples: Examples, preprocessing: Preprocessing, order: np.ndarray, batch_size: int) -> Any:
    """Return a ``tf.data.Dataset`` of batches of prepared samples in this order; reading overlaps with what uses them."""
    import tensorflow as tf

    stream = examples.stream(order).map(preprocessing.prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return stream.batch(batch_size).prefetch(tf.data.AUTOTUNE)
