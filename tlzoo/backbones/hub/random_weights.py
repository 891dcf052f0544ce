"""Random initialization of a module's variables."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

__all__ = ["randomize_variables"]

_ONES = ("gamma", "scale", "variance")


def randomize_variables(layer: keras.Layer, seed: int) -> None:
    """Set the floating-point variables of a layer to random values that depend only on ``seed`` and their names.

    A SavedModel does not record its initializers. Kernels and tables are normal with variance 2 / fan-in (He et al.
    2015, arXiv 1502.01852, eq. 10), scales and variances one, all other vectors zero.
    """
    for variable in layer.weights:
        if "float" in variable.dtype:
            variable.assign(_fresh(variable, seed))


def _fresh(variable: keras.Variable, seed: int) -> np.ndarray:
    shape = tuple(variable.shape)
    if len(shape) > 1:
        drawn = hashlib.blake2b(f"{seed} {variable.path}".encode(), digest_size=8).digest()
        deviation = math.sqrt(2.0 / math.prod(shape[:-1]))
        return np.random.default_rng(int.from_bytes(drawn, "big")).normal(0.0, deviation, shape).astype("float32")
    ones = variable.name.endswith(_ONES)
    return np.full(shape, 1.0 if ones else 0.0, "float32")
