"""Cache budget: size, precision and samples of cached activations."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.files.folders import cache_folder

if TYPE_CHECKING:
    from tlzoo.training.contract import Setup

__all__ = ["cache_budget", "cached_dtypes", "cached_samples", "excludes_test_split", "row_bytes"]

_MOST_BUDGET = 8_000_000_000
_LARGE = 1_000_000_000
_PRECISIONS = ("float32", "float16")


def cache_budget() -> int:
    """Return the largest size of one set of cached activations in bytes.

    It is ``TLZOO_CACHE_BUDGET``, or a quarter of the free space of the cache's disk, at most 8 GB. Raises UsageError
    for an invalid number.
    """
    given = os.environ.get("TLZOO_CACHE_BUDGET")
    if given:
        try:
            return int(float(given))
        except ValueError:
            raise UsageError(
                f"TLZOO_CACHE_BUDGET must be a number; got {given!r}", "set it to bytes, as in 2e9"
            ) from None
    folder = cache_folder()
    while not folder.exists():
        folder = folder.parent
    return min(_MOST_BUDGET, shutil.disk_usage(folder).free // 4)


def cached_dtypes(dtypes: Sequence[str]) -> list[str]:
    """Return the dtypes in the cache for tensors of these dtypes.

    They are the same, except for float32 with ``TLZOO_CACHE_DTYPE=float16``. Raises UsageError
    for a dtype other than float32 and float16.
    """
    asked = os.environ.get("TLZOO_CACHE_DTYPE") or "float32"
    if asked not in _PRECISIONS:
        raise UsageError(f"TLZOO_CACHE_DTYPE is {asked!r}", f"valid: {', '.join(_PRECISIONS)}")
    return [asked if dtype == "float32" else dtype for dtype in dtypes]


def row_bytes(shapes: Sequence[Sequence[Any]], dtypes: Sequence[str]) -> int:
    """Return the size of one sample's tensors of these shapes, without the batch axis, in the cache in bytes.

    0 if a size varies between batches: such tensors are not cached.
    """
    if any(size is None for shape in shapes for size in shape):
        return 0
    sizes = [np.dtype(dtype).itemsize for dtype in cached_dtypes(dtypes)]
    return sum(int(math.prod(shape)) * size for shape, size in zip(shapes, sizes, strict=True))


def excludes_test_split(setup: Setup, row_bytes: int) -> bool:
    """Return whether to cache only splits used in every epoch: if all samples exceed a gigabyte.

    The test split is needed once per run; it is then computed again.
    """
    return row_bytes * len(_useful(setup)) > _LARGE


def cached_samples(setup: Setup, row_bytes: int) -> np.ndarray:
    """Return ascending positions, int64, of the cached samples: all, or all except the test split.

    If training uses augmented samples, the original training samples are not cached.
    """
    useful = _useful(setup)
    return np.setdiff1d(useful, setup.data.test) if excludes_test_split(setup, row_bytes) else useful


def _useful(setup: Setup) -> np.ndarray:
    if setup.augment is None:
        return np.arange(len(setup.data.examples))
    return np.sort(np.concatenate([setup.data.validation, setup.data.test]))
