"""Comparison of model outputs of any structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.testing.outcome import expect

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ROUNDING", "SAME", "as_arrays", "as_list", "difference", "expect_equal"]

SAME = 1e-6
"""Relative difference below which two computations are equal: the order of a sum may vary with threads."""

ROUNDING = 1e-5
"""Relative difference that other kernels of the same operations may have in float32."""


def as_list(tensors: Any) -> list[Any]:
    """Return inputs or outputs of a model (one tensor, several, or by name) as a list."""
    if isinstance(tensors, dict):
        return list(tensors.values())
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]


def as_arrays(tensors: Any) -> list[np.ndarray[Any, Any]]:
    """Return outputs of a model as arrays."""
    return [np.asarray(tensor) for tensor in as_list(tensors)]


def difference(these: Sequence[np.ndarray[Any, Any]], others: Sequence[np.ndarray[Any, Any]]) -> float:
    """Return the largest relative difference between corresponding arrays: norm of the difference over norm.

    Infinite if numbers or shapes differ, or a value is not finite.
    """
    if [each.shape for each in these] != [each.shape for each in others]:
        return float("inf")
    return max((_difference(one, other) for one, other in zip(these, others, strict=True)), default=0.0)


def expect_equal(these: Any, others: Any, what: str, tolerance: float = SAME) -> None:
    """Fail unless two model outputs agree within a relative tolerance."""
    off = difference(as_arrays(these), as_arrays(others))
    expect(off <= tolerance, f"{what}: relative difference {off:.2g}, allowed {tolerance:g}")


def _difference(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    if one.dtype.kind not in "fiub":
        return 0.0 if np.array_equal(one, other) else float("inf")
    first, second = one.astype(np.float64), other.astype(np.float64)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return float("inf")
    apart = float(np.linalg.norm(first - second))
    return apart / (float(np.linalg.norm(first)) or 1.0)
