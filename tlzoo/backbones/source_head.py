"""Source heads: the pretraining head of an entry, for classes or actions, in a separate file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import atomic_write

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

__all__ = ["read_source_head", "write_source_head"]

_LEVELS = 127


def read_source_head(path: Path) -> keras.Model:
    """Return the head: float32 pooled features (N, D) to the probabilities (N, S) of S classes or actions.

    ``path`` is an ``.npz`` without pickle: ``kernel`` (D, S) and ``bias`` (S,), float32; an int8 kernel is multiplied
    by ``scale`` (S,). Raises BytesRefusedError for an invalid file.
    """
    import keras

    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            kernel, bias = stored["kernel"].astype(np.float32), stored["bias"].astype(np.float32)
            kernel = kernel * stored["scale"] if "scale" in stored.files else kernel
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, AttributeError) as error:
        raise BytesRefusedError(f"{path} cannot be read as a head: {error}", "write it again") from error
    features = keras.Input(kernel.shape[:1], name="features")
    dense = keras.layers.Dense(len(bias), activation="softmax", dtype="float32", name="probabilities")
    head = keras.Model(features, dense(features), name="source_head")
    head.set_weights([kernel, bias])
    return head


def write_source_head(
    path: Path, kernel: NDArray[np.float32], bias: NDArray[np.float32], *, bits: Literal[8, 32] = 32
) -> None:
    """Write a head, kernel (D, S) and bias (S,), for ``read_source_head``; the same values give the same bytes.

    In 8 bits, the largest weight of each class is 127 units, and others are rounded to whole units.
    """
    arrays: dict[str, Any] = {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
    if bits < np.dtype(np.float32).itemsize * 8:
        scale = np.maximum(np.abs(kernel).max(axis=0), np.finfo(np.float32).tiny) / _LEVELS
        arrays |= {"kernel": np.rint(kernel / scale).astype(np.int8), "scale": scale.astype(np.float32)}
    with atomic_write(path) as stream:
        np.savez_compressed(stream, **arrays)
