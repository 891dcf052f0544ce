"""Memory for copies of the weights while an engine compiles a frozen graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.process.memory import memory_limit

if TYPE_CHECKING:
    import keras

__all__ = ["COPIES", "copies_fit", "weight_bytes"]

COPIES = {"tensorflow": 15, "openvino": 8}
"""Copies at the peak, while graphs with constants are optimized and passed on: measured on ResNet50, where 94 MB of
weights take 1.5 GB with TensorFlow (``tests/benchmarks/memory.py --engines``)."""

_SHARE = 0.5


def copies_fit(engine: str, weights: int, limit: int | None = None) -> bool:
    """Return whether an engine's copies of this many bytes of weights take at most half of the memory limit."""
    limit = memory_limit().bytes if limit is None else limit
    return COPIES[engine.partition("-")[0]] * weights <= _SHARE * limit


def weight_bytes(model: keras.Model) -> int:
    """Return the bytes of a model's weights."""
    return sum(
        int(variable.value.dtype.size) * int(variable.value.shape.num_elements() or 0) for variable in model.weights
    )
