"""Batches at a boundary: from cached arrays, from preprocessing, or from a frozen engine."""

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
    """Feeds the tensors at a boundary for samples in a given order, by batches."""

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield one array or tensor (batch, …) for each tensor of the boundary."""
        ...


@dataclass(frozen=True, slots=True)
class KeptFeed:
    """Rows of arrays; ``rows[i]`` is the row of sample ``i``, or -1 if it is not cached.

    ``dtypes`` are those for training, if the cache has others. ``otherwise`` feeds samples that
    are not cached.
    """

    arrays: Sequence[np.ndarray]
    rows: np.ndarray
    dtypes: Sequence[str] | None = None
    otherwise: Feed | None = None

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield lists of arrays (batch, …)."""
        if self.otherwise is not None and (self.rows[order] < 0).any():
            yield from self.otherwise.batches(order, batch_size)
            return
        dtypes = self.dtypes or [array.dtype.name for array in self.arrays]
        for begin in range(0, len(order), batch_size):
            rows = self.rows[order[begin : begin + batch_size]]
            yield [array[rows].astype(dtype, copy=False) for array, dtype in zip(self.arrays, dtypes, strict=True)]


@dataclass(frozen=True, slots=True)
class StreamFeed:
    """Samples read and prepared on demand."""

    examples: Examples
    preprocessing: Preprocessing

    def batches(self, order: np.ndarray, batch_size: int) -> Iterator[Sequence[Any]]:
        """Yield lists of one array: a batch of samples."""
        for batch in prepared(self.examples, self.preprocessing, order, batch_size):
            yield [batch]


def prepared(examples: Examples, preprocessing: Preprocessing, order: np.ndarray, batch_size: int) -> Any:
    """Return a ``tf.data.Dataset`` of batches of prepared samples in this order; reading overlaps with their use."""
    from tlzoo.data import images_at_once, in_batches, in_parallel

    samples = in_parallel(examples.stream(order), preprocessing.prepare, images_at_once(examples))
    return in_batches(samples, batch_size)
