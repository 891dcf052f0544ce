"""Random numbers as a function of seed, phase, epoch and sample, so that resumed runs are identical."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from keras import Model

__all__ = ["derive", "generator", "reseed"]


def derive(*parts: int | str) -> int:
    """Return 64 bits that depend on all parts and their order, the same in every process and on every machine."""
    text = "\0".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def generator(*parts: int | str) -> np.random.Generator:
    """Return NumPy's generator for these parts."""
    return np.random.default_rng(derive(*parts))


def reseed(models: list[Model], *parts: int | str) -> None:
    """Set the state of every random layer (dropout, stochastic depth) of the models from these parts."""
    seen: set[int] = set()
    for model in models:
        held = {id(variable) for variable in model.weights}
        for position, state in enumerate(each for each in model.variables if id(each) not in held):
            if id(state) in seen or "seed_generator" not in state.path:
                continue
            seen.add(id(state))
            drawn = np.random.default_rng(derive(*parts, position)).integers(0, 2**31 - 1, size=state.shape)
            state.assign(drawn.astype(state.dtype))
