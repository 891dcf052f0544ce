"""Advice on names of losses that a task does not have."""

from __future__ import annotations

from collections.abc import Sequence

from tlzoo.errors import did_you_mean

__all__ = ["advice_on_loss"]


def advice_on_loss(name: str, losses: Sequence[str]) -> str:
    """Return what to give instead of the loss ``name``, if a task has these ``losses``.

    The loss of a task is chosen by the task, so Keras's names, such as ``categorical_crossentropy``, are rarely needed.

    >>> advice_on_loss("categorical_crossentropy", ())
    'leave loss out: the task sets it; or pass an object: loss=keras.losses.CategoricalCrossentropy()'
    """
    own = f"use {' or '.join(map(repr, losses))}" if losses else "leave loss out: the task sets it"
    if (cls := _keras_class(name)) is not None:
        return f"{own}; or pass an object: loss=keras.losses.{cls}()"
    return did_you_mean(name, losses, valid="losses") if losses else own


def _keras_class(name: str) -> str | None:
    """Return the name of Keras's class for a loss, such as ``MeanSquaredError`` for ``mse``."""
    import keras

    try:
        found = keras.losses.get(name)
    except ValueError:
        return None
    called = getattr(found, "__name__", type(found).__name__)
    camel = called if "_" not in called and called[:1].isupper() else "".join(map(str.capitalize, called.split("_")))
    return camel if isinstance(getattr(keras.losses, camel, None), type) else None
