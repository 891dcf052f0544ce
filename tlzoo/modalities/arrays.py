"""Arrays and tensors of numbers or strings, from any library that NumPy can read."""

from __future__ import annotations

from typing import Any

import numpy as np

from tlzoo.errors import DataError

__all__ = ["is_array", "is_text_array", "refuse_masked"]


def is_array(given: Any) -> bool:
    """Return whether a value is an array or a tensor of numbers."""
    return hasattr(given, "__array__") and hasattr(given, "ndim") and hasattr(given, "dtype") and not _has_text(given)


def is_text_array(given: Any) -> bool:
    """Return whether a value is an array or a tensor of strings."""
    return hasattr(given, "__array__") and hasattr(given, "dtype") and _has_text(given)


def refuse_masked(given: Any, what: str) -> None:
    """Raise DataError for masked values of an array, or of the arrays in a list: NumPy would read what is below.

    ``what`` names the values in the message.
    """
    several = given if isinstance(given, list | tuple) else (given,)
    hidden = sum(int(np.ma.getmaskarray(each).sum()) for each in several if isinstance(each, np.ma.MaskedArray))
    if hidden:
        fix = "replace them, for example with x.filled(0), or remove those samples"
        raise DataError(f"{what}: {hidden:,} values of a masked array are masked", fix)


def _has_text(given: Any) -> bool:
    dtype = given.dtype
    if getattr(dtype, "name", "") == "string":  # TensorFlow's
        return True
    kind = getattr(dtype, "kind", "")
    return kind in {"U", "S"} or (kind == "O" and all(isinstance(each, str | bytes) for each in np.asarray(given).flat))
