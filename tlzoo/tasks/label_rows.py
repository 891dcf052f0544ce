"""Types of labels, and labels in rows of numbers."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from tlzoo.errors import DataError

__all__ = ["Labels", "Rows", "column_names", "is_one_hot", "refuse_rows"]

Labels: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[Any]]"
"""The labels of N samples; the task defines type and shape."""

Rows: TypeAlias = "np.ndarray[Any, Any]"
"""Labels in the form of a file, (N, K): numbers, or strings in a single column."""


def refuse_rows(labels: Labels, count: int, columns: int) -> str | None:
    """Return why labels are not float32 (count, columns), or None."""
    if labels.shape == (count, columns) and labels.dtype == np.float32:
        return None
    return f"labels are {labels.dtype} {labels.shape}, not float32 ({count}, {columns})"


def is_one_hot(rows: Rows) -> bool:
    """Return whether rows (N, K) are 0 and 1, of two classes or more, with a single 1 in each."""
    if rows.ndim != 2 or rows.shape[1] < 2 or rows.dtype.kind not in "iufb":  # noqa: PLR2004
        return False
    return bool(np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all())


def column_names(names: Rows | None, count: int, what: str, where: str) -> tuple[str, ...]:
    """Return the names of ``count`` columns, numbered by default. Raises DataError for another number of names."""
    if names is None:
        return (what,) if count == 1 else tuple(f"{what} {number}" for number in range(1, count + 1))
    own = tuple(str(name) for name in names.reshape(-1))
    if len(own) != count or len(set(own)) != count:
        raise DataError(f"{where}: {len(set(own))} different names for {count} columns of labels", "name each once")
    return own
