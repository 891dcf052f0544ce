"""Rows of numbers in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.inputs import Inputs
from tlzoo.data.streams import stream_of
from tlzoo.errors import DataError

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.data.contract import Array, Digests

__all__ = ["NumberRows", "as_float32", "read_numbers"]

_RANK = 2
"""Samples and columns."""


@final
class NumberRows:
    """One row per sample: float32 (N, columns). ``columns`` are their names, if any."""

    modality = "numeric"

    def __init__(
        self,
        title: str,
        rows: np.ndarray[Any, Any],
        columns: Sequence[str] = (),
        name: Callable[[int], str] | None = None,
    ) -> None:
        """Take the rows (N, columns), and their names in reports: ``title[12]``, or the result of ``name``.

        Raises:
            DataError: For values that are not numbers, NaN or infinite in float32.
        """
        self._name = name or (lambda index: f"{title}[{index}]")
        self._rows = as_float32(rows, title)
        self.columns = tuple(columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input: the number of columns."""
        return (int(self._rows.shape[1]),)

    @property
    def rows(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """All rows, float32 (N, columns)."""
        return self._rows

    def name(self, index: int) -> str:
        """Return a name such as ``measurements.npz[12]``."""
        return self._name(index)

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the rows at ``indices``, in that order: float32 (columns,)."""
        import tensorflow as tf

        tensor = self._tensor  # created here: in the map it would belong to the map's graph
        return stream_of(np.asarray(indices, np.int64)).map(lambda index: tf.gather(tensor, index))

    def digests(self) -> Digests:
        """Return the SHA-256 of the values of each row: uint8 (N, 32)."""
        rows = b"".join(hashlib.sha256(b"numbers:" + row.tobytes()).digest() for row in self._rows)
        return np.frombuffer(rows, np.uint8).reshape(-1, 32)

    @cached_property
    def _tensor(self) -> tf.Tensor:
        import tensorflow as tf

        with tf.device("CPU:0"):
            return tf.constant(self._rows)


def read_numbers(parts: Sequence[Any], where: str, *, named: bool) -> Inputs | None:
    """Return rows of numbers in memory, all parts one after the other; None for other inputs.

    If the user ``named`` the modality, an error is raised instead of None.
    """
    arrays = [each for each in parts if isinstance(each, np.ndarray)]
    if len(arrays) < len(parts) or any(each.ndim != _RANK for each in arrays):
        if not named:
            return None
        found = ", ".join(str(each.shape) if isinstance(each, np.ndarray) else type(each).__name__ for each in parts)
        raise DataError(f"{where}: the inputs are not rows of numbers: {found}", "pass arrays (N, columns)")
    if len({each.shape[1] for each in arrays}) > 1:
        raise DataError(
            f"{where}: splits have the shapes {[each.shape for each in arrays]}", "use the same columns in all splits"
        )
    rows = NumberRows(where, np.concatenate(arrays) if len(arrays) > 1 else arrays[0])
    return Inputs(rows, rows.digests(), np.arange(len(rows), dtype=np.int64))


def as_float32(rows: np.ndarray[Any, Any], title: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return rows (N, columns) as float32. Raises DataError for values that are not finite in float32."""
    if rows.ndim != _RANK or not rows.shape[1]:
        raise DataError(f"{title}: numbers have the shape {rows.shape}", "pass (N, columns) with at least one column")
    if rows.dtype.kind not in "iufb":
        raise DataError(f"{title}: numbers are of type {rows.dtype}", "pass integers or floating-point numbers")
    with np.errstate(over="ignore"):
        found: np.ndarray[Any, np.dtype[np.float32]] = np.ascontiguousarray(rows, np.float32)
    finite = np.isfinite(found)
    if not finite.all():
        row, column = (int(each) for each in np.argwhere(~finite)[0])
        what = f"{title}: row {row}, column {column} is {rows[row, column]}, but numbers must be finite in float32"
        raise DataError(what, "remove the row, or fill in the value")
    return found + np.float32(0)  # -0.0 is the same number as 0.0
