"""Agreement of an engine's outputs with TensorFlow's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Tolerance", "disagreement"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Bounds on differences, in standard deviations of the tensor over the probe batch.

    ``largest`` bounds every single value, ``typical`` the root mean square. Tensors of integers and booleans, such as
    masks, must be equal.
    """

    largest: float
    typical: float


def disagreement(ours: Sequence[np.ndarray], reference: Sequence[np.ndarray], tolerance: Tolerance) -> str | None:
    """Return how ``ours`` differs from ``reference`` by more than the tolerance, or None.

    NaN in either is a disagreement.
    """
    if [each.shape for each in ours] != [each.shape for each in reference]:
        return f"its shapes are {[each.shape for each in ours]}, not {[each.shape for each in reference]}"
    for one, other in zip(ours, reference, strict=True):
        if not np.issubdtype(other.dtype, np.floating):
            if not np.array_equal(one, other):
                return "a mask differs"
            continue
        exact = other.astype(np.float64)
        difference = np.abs(one.astype(np.float64) - exact)
        unit = float(exact.std()) or float(np.abs(exact).max()) or 1.0
        largest = float(difference.max()) / unit
        typical = math.sqrt(float(np.square(difference).mean())) / unit
        if not (largest <= tolerance.largest and typical <= tolerance.typical):
            return f"it differs by up to {largest:.2g} and typically {typical:.2g} standard deviations"
    return None
