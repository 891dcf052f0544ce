"""The frozen teacher of an objective: the network as it was when the phase began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    import keras

__all__ = ["Teacher"]


@final
class Teacher:
    """Copies of the variables that a phase changes, under which the same layers compute as before the phase.

    Layers whose variables stay as they are serve both networks.
    """

    def __init__(self, changing: Iterable[keras.Variable]) -> None:
        import tensorflow as tf

        self._copies = [(variable, tf.Variable(variable.value, trainable=False)) for variable in changing]

    def renew(self) -> None:
        """Take over the present values, for another phase."""
        for variable, copy in self._copies:
            copy.assign(variable.value)

    def scope(self) -> Any:
        """Return a context in which layers compute with the copies; layers change nothing in it."""
        import keras
        import tensorflow as tf

        return keras.StatelessScope([(variable, tf.convert_to_tensor(copy)) for variable, copy in self._copies])
