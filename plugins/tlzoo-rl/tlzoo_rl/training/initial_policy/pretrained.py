"""Pretrained policy of an entry, copied to a new head."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

__all__ = ["begin_at_source"]


def begin_at_source(head: keras.Model, source: keras.Model | None) -> bool:
    """Copy the source's policy (features to action logits) to a head; return whether this is possible.

    It is not possible if the entry has no policy, or one with another number of actions, or if actions are
    continuous. The value starts from zero, since random values would spoil a good policy before they are learned.
    """
    if source is None:
        return False
    kept, begun = source.layers[-1], head.get_layer("policy")
    numbers = any(layer.name == "log_deviation" for layer in head.layers)
    if numbers or begun.kernel.shape != kept.kernel.shape:
        return False
    begun.set_weights(kept.get_weights())
    value = head.get_layer("value")
    value.set_weights([each * 0 for each in value.get_weights()])
    return True
