"""A small network by NumPy: for a handful of observations, what TensorFlow needs to begin takes longer than the sums.

On two CPU cores, eight observations through two dense layers of 64: `tests/benchmarks/acting.py` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.training import Network

__all__ = ["Mirror", "mirror"]

_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}


def mirror(network: Network) -> Mirror | None:
    """Return the network by NumPy, or None where it is more than standardization, dense layers and a head of them."""
    import keras

    normalize = network.backbone.preprocessing.normalize
    trunk = [each for each in network.backbone.model.layers if not isinstance(each, keras.layers.InputLayer)]
    head = {each.name: each for each in network.head.layers}
    known = {"features", "policy", "value", "values", "one", "log_deviation", "outputs"}
    plain = (
        [type(each).__name__ for each in getattr(normalize, "operations", ())]
        == ["InputLayer", "BatchNormalization", "Clip"]
        and all(type(each) is keras.layers.Dense and each.activation.__name__ in _ACTIVATIONS for each in trunk)
        and head.keys() <= known
        and all(
            type(head[name]) is keras.layers.Dense and head[name].activation.__name__ == "linear"
            for name in {"policy", "value", "values"} & head.keys()
        )
        and network.backbone.model.dtype_policy.name == "float32"
    )
    if not plain:
        return None
    _, standardize, cut = normalize.operations
    return Mirror(standardize, cut, trunk, head)


class Mirror:
    """The network's numbers as they were when ``refresh`` was last called."""

    def __init__(self, standardize: Any, cut: Any, trunk: list[Any], head: dict[str, Any]) -> None:
        self._standardize, self._bounds = standardize, (float(cut.x_min), float(cut.x_max))
        self._trunk, self._head = trunk, head
        self.refresh()

    def refresh(self) -> None:
        """Copy the present weights."""
        self._mean = self._standardize.moving_mean.numpy()
        self._scale = 1 / np.sqrt(self._standardize.moving_variance.numpy() + np.float32(self._standardize.epsilon))
        self._layers = [(*_weights(each), _ACTIVATIONS[each.activation.__name__]) for each in self._trunk]
        answers = [_weights(self._head[name]) for name in ("policy", "value", "values") if name in self._head]
        spread = self._head.get("log_deviation")
        self._answers = answers
        self._spread = None if spread is None else spread.kernel.numpy()

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Return the head's outputs, float32 (N, …), for observations (N, size)."""
        x = np.clip((observations - self._mean) * self._scale, *self._bounds)
        for kernel, bias, activation in self._layers:
            x = activation(x @ kernel + bias)
        parts = [x @ kernel + bias for kernel, bias in self._answers]
        if self._spread is not None:
            parts.insert(1, np.repeat(self._spread, len(x), axis=0))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _weights(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    return layer.kernel.numpy(), layer.bias.numpy()
