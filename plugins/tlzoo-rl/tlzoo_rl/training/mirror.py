"""NumPy version of small networks: for few observations, a TensorFlow call takes longer than the computation.

On two CPU cores, eight observations through two dense layers of 64: `tests/benchmarks/acting.py` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo_rl.networks.value_trunk import VALUE_TRUNK

if TYPE_CHECKING:
    import keras

    from tlzoo.training import Network

__all__ = ["Mirror", "mirror"]

_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}

_ANSWERS = ("policy", "value", "values")
"""Output layers of a head, in the order of its outputs; standard deviations come after the policy."""

_Dense = tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], np.ndarray]]


def mirror(network: Network) -> Mirror | None:
    """Return the network in NumPy, or None unless it is standardization, dense layers and a head of dense layers."""
    import keras

    normalize = network.backbone.preprocessing.normalize
    trunk, own = _dense(network.backbone.model)
    head = {each.name: each for each in network.head.layers}
    known = {"features", "policy", "value", "values", "one", "log_deviation", "outputs"}
    plain = (
        [type(each).__name__ for each in getattr(normalize, "operations", ())]
        == ["InputLayer", "BatchNormalization", "Clip"]
        and all(type(each) is keras.layers.Dense and each.activation.__name__ in _ACTIVATIONS for each in trunk + own)
        and head.keys() <= known
        and all(
            type(head[name]) is keras.layers.Dense and head[name].activation.__name__ == "linear"
            for name in head.keys() & _ANSWERS
        )
        and network.backbone.model.dtype_policy.name == "float32"
    )
    if not plain:
        return None
    _, standardize, cut = normalize.operations
    return Mirror(standardize, cut, trunk, own, head)


def _dense(model: keras.Model) -> tuple[list[Any], list[Any]]:
    """Return the trunk's layers, and those of the value's separate trunk, if there is one."""
    import keras

    layers = [each for each in model.layers if not isinstance(each, keras.layers.InputLayer)]
    beside = [each for each in layers if each.name == VALUE_TRUNK]
    if not beside:
        return layers, []
    trunk = [each for each in layers if each not in beside and not isinstance(each, keras.layers.Concatenate)]
    return trunk, _dense(beside[0])[0]


class Mirror:
    """The network with the weights of the last call of ``refresh``."""

    def __init__(self, standardize: Any, cut: Any, trunk: list[Any], own: list[Any], head: dict[str, Any]) -> None:
        self._standardize, self._bounds = standardize, (float(cut.x_min), float(cut.x_max))
        self._trunk, self._own, self._head = trunk, own, head
        self.refresh()

    def refresh(self) -> None:
        """Copy the current weights."""
        self._mean = self._standardize.moving_mean.numpy()
        self._scale = 1 / np.sqrt(self._standardize.moving_variance.numpy() + np.float32(self._standardize.epsilon))
        self._layers, self._own_layers = ([_weights(each) for each in some] for some in (self._trunk, self._own))
        self._answers = {name: _weights(self._head[name]) for name in _ANSWERS if name in self._head}
        spread = self._head.get("log_deviation")
        self._spread = None if spread is None else spread.kernel.numpy()

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Return the head's outputs, float32 (N, …), for observations (N, size)."""
        x = np.clip((observations - self._mean) * self._scale, *self._bounds)
        features = _through(self._layers, x)
        own = _through(self._own_layers, x) if self._own else features
        parts = [_through([layer], own if name == "value" else features) for name, layer in self._answers.items()]
        if self._spread is not None:
            parts.insert(1, np.repeat(self._spread, len(x), axis=0))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _weights(layer: Any) -> _Dense:
    return layer.kernel.numpy(), layer.bias.numpy(), _ACTIVATIONS[layer.activation.__name__]


def _through(layers: Sequence[_Dense], x: np.ndarray) -> np.ndarray:
    for kernel, bias, activation in layers:
        x = activation(x @ kernel + bias)
    return x
