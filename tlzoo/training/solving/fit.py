"""Fit of a linear layer to a penalized loss by L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.training.solving.objective import Objective, Samples

__all__ = ["MOST_PASSES", "Fitted", "fit"]

MOST_PASSES = 200
"""Largest number of steps of L-BFGS: twenty to eighty are usual."""

_PAIRS = 20
_SMALLEST_GAIN = 1e-6
"""Convergence criterion: relative gain of the objective."""
_SMALLEST_GRADIENT = 1e-5


@dataclass(frozen=True, slots=True)
class Fitted:
    """A layer's kernel (D, K) and bias (K,), float64, and the number of steps."""

    kernel: np.ndarray
    bias: np.ndarray
    steps: int = 0

    def outputs(self, inputs: np.ndarray) -> np.ndarray:
        """Return the outputs (N, K) float32 of inputs (N, D)."""
        return np.asarray(inputs @ self.kernel.astype(np.float32) + self.bias.astype(np.float32), np.float32)


def fit(
    objective: Objective,
    samples: Samples,
    penalty: float,
    start: Fitted | None = None,
    told: Callable[[Fitted], None] | None = None,
    gain: float = _SMALLEST_GAIN,
) -> Fitted:
    """Return the layer that minimizes the mean loss plus ``penalty`` / (2 N) times the kernel's squared norm.

    The penalty is a Gaussian prior of variance 1 / ``penalty`` on every weight, for any number of samples N;
    the bias has no penalty. The method is L-BFGS (Liu and Nocedal 1989) of SciPy. ``told`` is
    called after every step; the fit ends if a step gains less than ``gain`` of the objective.
    """
    from scipy.optimize import minimize

    size, outputs = objective.shape
    factor = penalty / samples.count
    begun = start or Fitted(np.zeros((size, outputs)), np.zeros(outputs))

    def taken_apart(point: np.ndarray, steps: int = 0) -> Fitted:
        return Fitted(point[: size * outputs].reshape(size, outputs), point[size * outputs :], steps)

    def value_and_gradient(point: np.ndarray) -> tuple[float, np.ndarray]:
        at = taken_apart(point)
        value, of_kernel, of_bias = objective(samples, at.kernel, at.bias)
        of_kernel += factor * at.kernel
        return value + factor / 2 * float(np.square(at.kernel).sum()), np.concatenate([of_kernel.ravel(), of_bias])

    found = minimize(
        value_and_gradient,
        np.concatenate([begun.kernel.ravel(), begun.bias]),
        jac=True,
        method="L-BFGS-B",
        callback=None if told is None else lambda point: told(taken_apart(point.copy())),
        options={
            "maxiter": MOST_PASSES,
            "maxfun": 2 * MOST_PASSES,
            "maxcor": _PAIRS,
            "ftol": gain,
            "gtol": _SMALLEST_GRADIENT,
        },
    )
    return taken_apart(np.asarray(found.x), int(found.nit))
