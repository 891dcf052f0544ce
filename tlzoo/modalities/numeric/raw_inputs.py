"""Rows of numbers for predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlzoo.errors import DataError
from tlzoo.modalities.arrays import is_array
from tlzoo.modalities.raw_inputs import RawInputs

__all__ = ["NumberInputs"]


class NumberInputs(RawInputs):
    """Reads rows of numbers: arrays, lists, or strings such as ``5.1,3.5,1.4``."""

    dtype = "float32"
    strings_are_paths = False

    @property
    def accepted(self) -> str:  # type: ignore[override]
        """Description of inputs: a phrase in the plural."""
        columns = "numbers" if self.shape[0] is None else f"{self.shape[0]} numbers"
        return f"rows of {columns}: arrays, lists, or texts such as '5.1,3.5'"

    def is_input(self, each: Any) -> bool:
        """Return whether a value is a row of numbers."""
        return isinstance(each, str) or _is_row(each)

    def is_one(self, given: Any) -> bool:
        """Return whether a value is one row, not several of them."""
        return self.is_input(given) and (isinstance(given, str) or not is_array(given) or given.ndim == 1)

    def read(self, each: Any) -> np.ndarray:
        """Return a row, float32 (columns,). Raises DataError for another number of columns, and for other values."""
        try:
            row = np.asarray([float(part) for part in each.split(",")] if isinstance(each, str) else each, np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"{each!r:.60} is not a row of numbers", "write numbers as in 5.1,3.5,1.4") from error
        if row.ndim != 1 or self.shape[0] not in {None, len(row)}:
            raise DataError(f"the row has {row.size} numbers instead of {self.shape[0]}")
        with np.errstate(over="ignore"):
            read = row.astype(np.float32)
        if not np.isfinite(read).all():
            raise DataError("the row has numbers that are NaN or infinite in float32")
        return read

    def blank(self) -> np.ndarray:
        """Return a row of zeros."""
        return np.zeros(self.shape[0] or 0, np.float32)

    def name(self, each: Any) -> Any:
        """Return the row as a list, or the given text."""
        return each if isinstance(each, str) else [float(f"{value:.7g}") for value in np.asarray(each).tolist()]


def _is_row(given: Any) -> bool:
    if is_array(given):
        return bool(given.ndim == 1)
    is_sequence = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    return is_sequence and all(isinstance(each, int | float | np.number) for each in given)
