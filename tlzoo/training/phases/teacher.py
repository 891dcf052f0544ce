"""The frozen teacher of an objective: the network at the start of the phase, or as loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["Teacher"]


@final
class Teacher:
    """Copies of variables, with which the same layers compute with other weights.

    Layers without a copy serve both networks. With ``values``, by path, the copies are constant; else they have
    the values of the variables at the last ``renew``.
    """

    def __init__(self, variables: Mapping[str, keras.Variable], values: Mapping[str, np.ndarray] | None = None) -> None:
        import tensorflow as tf

        self._fixed = values is not None
        self._copies = [
            (variable, tf.Variable(variable.value if values is None else values[path], trainable=False))
            for path, variable in variables.items()
        ]

    def renew(self) -> None:
        """Copy the present values, for another phase."""
        if self._fixed:
            return
        for variable, copy in self._copies:
            copy.assign(variable.value)

    def scope(self) -> Any:
        """Return a context in which layers compute with the copies, without changing them."""
        import keras
        import tensorflow as tf

        return keras.StatelessScope([(variable, tf.convert_to_tensor(copy)) for variable, copy in self._copies])
