"""How Keras builds a network: under which dtype policy, from which seed, with which names."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

__all__ = ["fresh_names", "precision", "reserved_name", "seeded"]


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


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let initializers that were given no seed draw theirs from this one: Keras takes them from Python's generator.

    Import what is needed before: some packages draw from that generator while they are imported.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


@contextmanager
def fresh_names() -> Iterator[None]:
    """Let Keras number its automatic layer names from one again, so that a backbone has the same paths at every load.

    Without this, all 376 variables of a second InceptionV3 in one process have other paths than the first one's. What
    is built later, on top of it, is numbered on from the higher number: one model takes no name twice.
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
    """Return a layer name that no other layer of the model has, and keep Keras from giving it to another layer.

    Args:
        name: the wanted name, such as an entry's; it is returned as it is unless it is taken.
        taken: names of layers that are named explicitly, such as those of the inputs.
    """
    from keras.src.backend.common import global_state

    while name in taken:
        name += "_module"
    numbers = global_state.get_global_attribute("object_name_uids", default=defaultdict(int), set_to_default=True)
    numbers[name] = max(numbers[name], 1)
    return name
