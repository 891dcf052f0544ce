"""Linear heads: recognition, and insertion of a fitted layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

    from tlzoo.training.solving.fit import Fitted

__all__ = ["LinearLayers", "Scaling", "linear_layers"]

_LEAST_SCALE = 1e-6


@dataclass(frozen=True, slots=True)
class Scaling:
    """Features are fitted as ``(features - mean) / scale``; ``mean``, ``variance`` and ``scale`` (D,) are float64."""

    mean: np.ndarray
    variance: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Scaling:
        """Return the scaling by the statistics of features (N, D), half-way to equal variances.

        Each feature is divided by the geometric mean of its deviation and that of all. With equal variances, the
        penalty is as weak on noise in a text's smallest components as on its largest; with one divisor for all, rare
        features of an image have no effect (figures in ``docs/explanation/architecture.md``).
        """
        mean = features.mean(axis=0, dtype=np.float64)
        variance = features.var(axis=0, dtype=np.float64)
        overall = float(np.sqrt(variance.mean())) or 1.0
        deviation = np.maximum(np.sqrt(variance), _LEAST_SCALE * overall)
        return cls(mean, variance, np.sqrt(deviation * overall))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Return scaled features (N, D), float32."""
        return np.asarray((features - self.mean.astype(np.float32)) / self.scale.astype(np.float32), np.float32)


@dataclass(frozen=True, slots=True)
class LinearLayers:
    """The layers of a linear head: a dense layer, optionally after a normalization without scale and offset."""

    dense: keras.layers.Dense
    normalization: Any | None

    def take(self, fitted: Fitted, scaling: Scaling) -> None:
        """Set the variables to a fit on scaled features, converted to unscaled ones."""
        if self.normalization is None:
            kernel = fitted.kernel / scaling.scale[:, np.newaxis]
            bias = fitted.bias - scaling.mean @ kernel
        else:
            deviation = np.sqrt(scaling.variance + self.normalization.epsilon)
            kernel, bias = fitted.kernel * (deviation / scaling.scale)[:, np.newaxis], fitted.bias
            self.normalization.moving_mean.assign(scaling.mean.astype(np.float32))
            self.normalization.moving_variance.assign(scaling.variance.astype(np.float32))
        self.dense.kernel.assign(kernel.astype(np.float32))
        self.dense.bias.assign(bias.astype(np.float32))


def linear_layers(head: keras.Model) -> LinearLayers | str:
    """Return the layers of a linear head, or the reason why a head is not linear."""
    import keras

    layers = [layer for layer in head.layers if not isinstance(layer, keras.layers.InputLayer)]
    if any(isinstance(layer, keras.layers.Dropout) for layer in layers):
        return "the head has dropout"
    match layers:
        case [keras.layers.Dense() as dense]:
            normalization = None
        case [
            keras.layers.BatchNormalization(scale=False, center=False) as normalization,
            keras.layers.Dense() as dense,
        ]:
            pass
        case _:
            return "the head has more than one dense layer"
    plain = dense.use_bias and dense.activation is keras.activations.linear and not dense.lora_enabled
    return LinearLayers(dense, normalization) if plain else "the head's layer is not a plain dense layer"
