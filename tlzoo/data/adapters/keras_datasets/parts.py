"""Images and labels for training and testing, as returned by a reader."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from tlzoo.data.contract import Array

Images: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"


class Parts(NamedTuple):
    """Images, uint8 (N, height, width, 1 or 3), and labels, int64 (N,), indices into ``classes``."""

    classes: tuple[str, ...]
    train: tuple[Images, Array]
    test: tuple[Images, Array]


class MalformedError(Exception):
    """A file does not have the format that its reader expects."""
