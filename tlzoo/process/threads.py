"""Threads of linear algebra on small arrays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["limited_threads"]

_LARGE = 2_000_000


@contextmanager
def limited_threads(features: np.ndarray) -> Iterator[None]:
    """Limit BLAS and OpenMP to one thread within the block if features (N, D) have fewer than two million numbers.

    Their threads wait by spinning, which is expensive if other processes use the cores.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1) if features.size < _LARGE else nullcontext():
        yield
