"""The scale of values: what a value head learns has mean 0 and deviation 1, whatever rewards an environment gives."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ValueScale"]

_SLOWEST = 0.1
"""What a new rollout counts in the moving mean, once there were ten."""
_LEAST = 1e-4


class ValueScale:
    """Moving mean and deviation of returns; the head's last layer is changed with them so that it says the same.

    After van Hasselt et al. 2016 (arXiv 1602.07714, eq. 3 and algorithm 1). Without it, policy and value share a trunk
    in which the larger of the two losses decides: Andrychowicz et al. 2020 (arXiv 2006.05990, section 3.3).
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
        """Read what the variables are now."""
        self.mean, self.deviation, self._rollouts = (float(each.numpy()) for each in self.variables.values())

    def values(self, outputs: np.ndarray) -> np.ndarray:
        """Return what outputs (N, …), the value last, say in returns (N,)."""
        values: np.ndarray = outputs[:, -1] * np.float32(self.deviation) + np.float32(self.mean)
        return values

    def standard(self, returns: np.ndarray) -> np.ndarray:
        """Return returns as the head learns them."""
        return ((returns - self.mean) / self.deviation).astype(np.float32)

    def see(self, returns: np.ndarray, layer: Any) -> None:
        """Take in the returns of a rollout, and change the head's last layer so that its values stay what they were."""
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
