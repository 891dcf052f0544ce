"""Context of building a network: dtype policy, seed and layer names."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

__all__ = ["fresh_names", "precision", "reserved_name", "seeded"]


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Let Keras build layers with this dtype policy (such as ``mixed_bfloat16``), and restore the previous one."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed initializers without their own seed: Keras takes seeds from Python's generator.

    Import packages before: some draw from this generator at import.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


@contextmanager
def fresh_names() -> Iterator[None]:
    """Restart Keras's automatic layer names, so that a backbone has the same paths at every load.

    Without this, all 376 variables of a second InceptionV3 in one process have other paths than the first one's. What
    is built later, on top of it, continues from the higher number, so names are unique in a model.
    """
    from keras.src.backend.common import global_state

    before = global_state.get_global_attribute("object_name_uids") or {}
    global_state.set_global_attribute("object_name_uids", None)
    try:
        yield
    finally:
        numbers = global_state.get_global_attribute("object_name_uids", default=defaultdict(int), set_to_default=True)
        for name, number in before.items():
            numbers[name] = max(numbers[name], number)


def reserved_name(name: str, taken: Collection[str]) -> str:
    """Return a unique layer name in the model, and reserve it in Keras.

    Args:
        name: The preferred name, such as an entry's; it is returned unchanged unless it is taken.
        taken: Names of layers that are named explicitly, such as those of the inputs.
    """
    from keras.src.backend.common import global_state

    while name in taken:
        name += "_module"
    numbers = global_state.get_global_attribute("object_name_uids", default=defaultdict(int), set_to_default=True)
    numbers[name] = max(numbers[name], 1)
    return name
