"""Building parts of a network under one dtype policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["precision"]


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Let Keras build layers under this dtype policy (such as ``mixed_bfloat16``), and put the former one back."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
