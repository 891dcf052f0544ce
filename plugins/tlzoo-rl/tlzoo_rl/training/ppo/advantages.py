"""How much better than expected it went: generalized advantage estimation."""

from __future__ import annotations

import numpy as np

__all__ = ["advantages"]


def advantages(
    rewards: np.ndarray, values: np.ndarray, following: np.ndarray, ended: np.ndarray, discount: float, trace: float
) -> np.ndarray:
    """Return advantages (T, N) (Schulman et al. 2016, arXiv 1506.02438, eq. 11 and 16).

    ``values`` (T, N) are those of the observations acted on, ``following`` (T, N) those of what came next: zero where
    the episode terminated, and the value of its last observation where it was only cut off (Pardo et al. 2018, arXiv
    1712.00378, eq. 6). ``ended`` (T, N) says after which steps another episode begins: nothing is carried over.
    """
    errors = rewards + discount * following - values
    estimated: np.ndarray = np.zeros_like(errors)
    carried = np.zeros(errors.shape[1])
    for step in range(len(errors) - 1, -1, -1):
        carried = errors[step] + discount * trace * carried * ~ended[step]
        estimated[step] = carried
    return estimated
