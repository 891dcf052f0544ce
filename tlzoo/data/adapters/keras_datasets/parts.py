"""What a reader gives: pictures and labels for training and for testing."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from tlzoo.data.contract import Array

Images: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"


class Parts(NamedTuple):
    """Pictures uint8 (N, height, width, 1 or 3), labels int64 (N,) that point into ``classes``."""

    classes: tuple[str, ...]
    train: tuple[Images, Array]
    test: tuple[Images, Array]


class MalformedError(Exception):
    """A file has the right hash, or none that matters, and is not what its reader expects."""
