"""Moving statistics of observations for their normalization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

__all__ = ["Moving"]

_FEW = 1e-4
"""Count of the initial mean 0 and variance 1: nearly zero."""


class Moving:
    """Mean and variance of a normalization, updated by batches (Chan, Golub and LeVeque 1979, eq. 1.5).

    ``variables`` are mean, variance and number of observations by name. If ``normalize`` has no moving
    statistics, they are empty and ``see`` does nothing.
    """

    def __init__(self, normalize: keras.Layer) -> None:
        import keras

        self.variables: dict[str, Any] = {}
        layers = [
            each
            for each in getattr(normalize, "layers", [normalize])
            if isinstance(each, keras.layers.BatchNormalization)
        ]
        if layers:
            self._layer = layers[0]
            count = keras.Variable(_FEW, dtype="float64", trainable=False, name="count")
            self.variables = {
                f"preprocessing/{self._layer.moving_mean.path}": self._layer.moving_mean,
                f"preprocessing/{self._layer.moving_variance.path}": self._layer.moving_variance,
                "preprocessing/count": count,
            }

    def see(self, observations: np.ndarray) -> None:
        """Update the statistics with a batch (N, size)."""
        if not self.variables:
            return
        mean, variance, count = self.variables.values()
        before, spread = mean.numpy().astype(np.float64), variance.numpy().astype(np.float64)
        seen, number = float(count.numpy()), len(observations)
        batch = observations.astype(np.float64)
        apart, total = batch.mean(axis=0) - before, seen + number
        squares = spread * seen + batch.var(axis=0) * number + apart**2 * seen * number / total
        mean.assign((before + apart * number / total).astype(np.float32))
        variance.assign((squares / total).astype(np.float32))
        count.assign(total)
