"""Where a policy begins: anew, or where the one ended that the trunk was learned with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

__all__ = ["begin_at_source"]


def begin_at_source(head: keras.Model, source: keras.Model | None) -> bool:
    """Set a head's policy to its source's (features to the odds of actions); say whether that could be.

    It cannot where the entry keeps none, or one of another number of actions, or where actions are numbers. Its value
    is learned anew, from zero: values of random weights would lead a policy astray that is good already, before they
    are learned.
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
