"""Weights that are drawn from the names of tensors, so that only names and shapes have to be stored."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def drawn_weights(shapes: Mapping[str, Sequence[int]]) -> dict[str, NDArray[np.float32]]:
    """Return an array for each name: matrices around zero, vectors around the usual start of their kind."""
    return {name: _drawn(name, tuple(shape)) for name, shape in shapes.items()}


def _drawn(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("running_var"):
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    if len(shape) > 1:
        size: Any = np.prod(shape[1:]) if len(shape) > 2 else shape[-1]
        return (random.normal(size=shape) * min(0.3, 1.5 / np.sqrt(size))).astype(np.float32)
    start = 1.0 if name.endswith(("weight", "lambda1")) else 0.0  # of a normalization, or a scale
    return (start + random.normal(size=shape) * 0.1).astype(np.float32)


def drawn_images(side: int, count: int = 2) -> NDArray[np.float32]:
    """Return normalized images (count, side, side, 3)."""
    return np.random.default_rng(side).normal(size=(count, side, side, 3)).astype(np.float32)
