"""Observations for predictions: arrays of one shape and dtype, or texts."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tlzoo.errors import DataError
from tlzoo.modalities import RawInputs

__all__ = ["ObservationInputs"]


class ObservationInputs(RawInputs):
    """Reads observations: arrays, nested lists of numbers, or texts if the environment has texts."""

    strings_are_paths = False

    @property
    def accepted(self) -> str:  # type: ignore[override]
        """Description of inputs: a phrase in the plural."""
        if self.dtype == "string":
            return "observations: texts"
        return f"observations: arrays of {self.dtype} with the shape {self.shape}"

    def of_dtype(self, dtype: str) -> ObservationInputs:
        """Return the reader of observations of this dtype."""
        found = copy.copy(self)
        found.dtype = dtype
        return found

    def is_input(self, each: Any) -> bool:
        """Return whether a value is an observation: a text or an array, as the dtype says."""
        if self.dtype == "string":
            return isinstance(each, str)
        return isinstance(each, int | float | list | np.ndarray) and not isinstance(each, bool)

    def is_one(self, given: Any) -> bool:
        """Return whether a value is one observation: a text, or an array of its shape."""
        return self.is_input(given) and (self.dtype == "string" or np.shape(given) == self.shape)

    def read(self, each: Any) -> Any:
        """Return an observation in the form of the graph. Raises DataError for another shape, or other numbers."""
        if self.dtype == "string":
            return str(each).encode("utf-8", "surrogatepass")
        try:
            given = np.asarray(each)
        except ValueError as error:
            raise DataError("the observation has lists of different lengths") from error
        if given.dtype.kind not in "uifb" or given.shape != self.shape:
            raise DataError(f"the observation is {given.dtype} of shape {given.shape}", f"pass the shape {self.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            read = given.astype(self.dtype)
        if not np.isfinite(given).all() or not np.allclose(read, given, rtol=1e-6, atol=0):
            raise DataError(f"the observation has numbers that {self.dtype} cannot express")
        return read

    def blank(self) -> Any:
        """Return an observation of zeros, or an empty text."""
        return b"" if self.dtype == "string" else np.zeros(self.shape, self.dtype)

    def name(self, each: Any) -> Any:
        """Return the text, or the shape of the array."""
        return each if isinstance(each, str) else f"observation {np.shape(each)}"
