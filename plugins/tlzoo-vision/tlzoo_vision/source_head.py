"""The head that an entry's source classes are told by: eight bits a weight, in a file beside the backbone's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

__all__ = ["read_source_head", "write_source_head"]

_LEVELS = 127


def read_source_head(path: Path) -> keras.Model:
    """Return the head: float32 pooled features (N, D) to the probabilities (N, S) of the S classes of the source.

    ``path`` is an ``.npz`` without pickle: ``kernel`` int8 (D, S), and float32 ``scale`` (S,), which it is multiplied
    by, and ``bias`` (S,).
    """
    import keras

    with np.load(path, allow_pickle=False) as arrays:
        kernel, bias = arrays["kernel"].astype(np.float32) * arrays["scale"], arrays["bias"]
    features = keras.Input(kernel.shape[:1], name="features")
    dense = keras.layers.Dense(len(bias), activation="softmax", dtype="float32", name="classes")
    head = keras.Model(features, dense(features), name="source_head")
    head.set_weights([kernel, bias])
    return head


def write_source_head(path: Path, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    """Write a head, kernel (D, S) and bias (S,), as ``read_source_head`` takes it; the same values give the same bytes.

    The largest weight of each class is 127 units, and the others are rounded to whole ones.
    """
    scale = np.maximum(np.abs(kernel).max(axis=0), np.finfo(np.float32).tiny) / _LEVELS
    rounded = np.rint(kernel / scale).astype(np.int8)
    np.savez_compressed(path, kernel=rounded, scale=scale.astype(np.float32), bias=bias.astype(np.float32))
