"""Scale of values: targets of a value head have mean 0 and deviation 1, whatever the rewards."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ValueScale"]

_SLOWEST = 0.1
"""Weight of a new rollout in the moving mean, after the first ten."""
_LEAST = 1e-4


class ValueScale:
    """Moving mean and deviation of returns; the head's last layer is adjusted so that its values do not change.

    After van Hasselt et al. 2016 (arXiv 1602.07714, eq. 3 and algorithm 1). Without it, the
    larger of both losses dominates the shared trunk: Andrychowicz et al. 2020 (arXiv 2006.05990, section 3.3).
    """

    def __init__(self) -> None:
        import keras

        def scalar(name: str, value: float) -> Any:
            return keras.Variable(value, dtype="float32", trainable=False, name=name)

        self.variables = {
            "value/mean": scalar("mean", 0.0),
            "value/deviation": scalar("deviation", 1.0),
            "value/rollouts": scalar("rollouts", 0.0),
        }
        self.refresh()

    def refresh(self) -> None:
        """Read the current values of the variables."""
        self.mean, self.deviation, self._rollouts = (float(each.numpy()) for each in self.variables.values())

    def values(self, outputs: np.ndarray) -> np.ndarray:
        """Return the values as returns (N,); outputs are (N, …) with the value last."""
        values: np.ndarray = outputs[:, -1] * np.float32(self.deviation) + np.float32(self.mean)
        return values

    def standard(self, returns: np.ndarray) -> np.ndarray:
        """Return standardized returns, the targets of the head."""
        return ((returns - self.mean) / self.deviation).astype(np.float32)

    def see(self, returns: np.ndarray, layer: Any) -> None:
        """Update with the returns of a rollout, and adjust the head's last layer so that its values do not change."""
        share = max(_SLOWEST, 1 / (self._rollouts + 1))
        before, spread = self.mean, self.deviation
        mean = before + share * (float(returns.mean()) - before)
        square = (1 - share) * (spread**2 + before**2) + share * float(np.square(returns).mean())
        deviation = float(np.sqrt(max(square - mean**2, _LEAST)))
        layer.kernel.assign(layer.kernel.numpy() * np.float32(spread / deviation))
        layer.bias.assign((layer.bias.numpy() * np.float32(spread) + np.float32(before - mean)) / np.float32(deviation))
        for variable, value in zip(self.variables.values(), (mean, deviation, self._rollouts + 1), strict=True):
            variable.assign(value)
        self.refresh()
