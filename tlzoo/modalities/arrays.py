"""Arrays and tensors of numbers or strings, from any library that NumPy can read."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["is_array", "is_text_array"]


def is_array(given: Any) -> bool:
    """Return whether a value is an array or a tensor of numbers."""
    return hasattr(given, "__array__") and hasattr(given, "ndim") and hasattr(given, "dtype") and not _has_text(given)


def is_text_array(given: Any) -> bool:
    """Return whether a value is an array or a tensor of strings."""
    return hasattr(given, "__array__") and hasattr(given, "dtype") and _has_text(given)


def _has_text(given: Any) -> bool:
    dtype = given.dtype
    if getattr(dtype, "name", "") == "string":  # TensorFlow's
        return True
    kind = getattr(dtype, "kind", "")
    return kind in {"U", "S"} or (kind == "O" and all(isinstance(each, str | bytes) for each in np.asarray(given).flat))
