"""Generalized advantage estimation."""

from __future__ import annotations

import numpy as np

__all__ = ["advantages"]


def advantages(
    rewards: np.ndarray, values: np.ndarray, following: np.ndarray, ended: np.ndarray, discount: float, trace: float
) -> np.ndarray:
    """Return advantages (T, N) (Schulman et al. 2016, arXiv 1506.02438, eq. 11 and 16).

    ``values`` (T, N) are those of the observations, ``following`` (T, N) those of the next observations: zero after a
    terminated episode, and the value of the last observation after a truncated one (Pardo et al. 2018, arXiv
    1712.00378, eq. 6). ``ended`` (T, N) marks the last steps of episodes, where the sum of advantages restarts.
    """
    errors = rewards + discount * following - values
    estimated: np.ndarray = np.zeros_like(errors)
    carried = np.zeros(errors.shape[1])
    for step in range(len(errors) - 1, -1, -1):
        carried = errors[step] + discount * trace * carried * ~ended[step]
        estimated[step] = carried
    return estimated
