"""How much may be kept, in which precision, and of which samples."""

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
    """Return how many bytes one set of kept activations may take.

    That is ``TLZOO_CACHE_BUDGET``, or a quarter of what is free where the cache lies, at most 8 GB. Raises UsageError
    for what is no number.
    """
    given = os.environ.get("TLZOO_CACHE_BUDGET")
    if given:
        try:
            return int(float(given))
        except ValueError:
            raise UsageError(f"TLZOO_CACHE_BUDGET: {given!r} is no number", "give bytes, as in 2e9") from None
    folder = cache_folder()
    while not folder.exists():
        folder = folder.parent
    return min(_MOST_BUDGET, shutil.disk_usage(folder).free // 4)


def cached_dtypes(dtypes: Sequence[str]) -> list[str]:
    """Return the dtypes in which tensors of these dtypes are kept.

    They are the same, but for float32 where ``TLZOO_CACHE_DTYPE=float16`` asks for half precision. Raises UsageError
    for a dtype other than float32 and float16.
    """
    asked = os.environ.get("TLZOO_CACHE_DTYPE") or "float32"
    if asked not in _PRECISIONS:
        raise UsageError(f"TLZOO_CACHE_DTYPE: {asked!r}", f"valid: {', '.join(_PRECISIONS)}")
    return [asked if dtype == "float32" else dtype for dtype in dtypes]


def row_bytes(shapes: Sequence[Sequence[Any]], dtypes: Sequence[str]) -> int:
    """Return how many bytes one sample's tensors of these shapes, without the batch, take in the cache.

    0 where a size varies from batch to batch: such tensors are not cached.
    """
    if any(size is None for shape in shapes for size in shape):
        return 0
    sizes = [np.dtype(dtype).itemsize for dtype in cached_dtypes(dtypes)]
    return sum(int(math.prod(shape)) * size for shape, size in zip(shapes, sizes, strict=True))


def excludes_test_split(setup: Setup, row_bytes: int) -> bool:
    """Say whether only what is used every epoch is kept: where all samples would take more than a gigabyte.

    The test split is needed once a run; it is then computed anew.
    """
    return row_bytes * len(_useful(setup)) > _LARGE


def cached_samples(setup: Setup, row_bytes: int) -> np.ndarray:
    """Return positions, int64 and ascending, of the samples that are kept: all of them, or all but the test split's.

    Where training takes augmented ones, those of the training split are not kept as they are.
    """
    useful = _useful(setup)
    return np.setdiff1d(useful, setup.data.test) if excludes_test_split(setup, row_bytes) else useful


def _useful(setup: Setup) -> np.ndarray:
    if setup.augment is None:
        return np.arange(len(setup.data.examples))
    return np.sort(np.concatenate([setup.data.validation, setup.data.test]))
