"""Distance between data and the pretraining data of a backbone, by simple statistics of the modality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["distance"]


def distance(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> float | None:
    """Return the distance between two sets of inputs; None without a common statistic.

    The mean, over statistics, of the difference of the two means in units of both sets' spread (Cohen's d, 1988,
    section 2.2). Under 1 the sets overlap widely.
    """
    shared = sorted(name for name in ours.keys() & theirs.keys() if _is_spread(theirs[name]))
    differences = [abs(ours[name][0] - theirs[name][0]) / _pooled(ours[name][1], theirs[name][1]) for name in shared]
    return float(np.mean(differences)) if differences else None


def _is_spread(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2  # noqa: PLR2004 - mean and standard deviation


def _pooled(one: float, other: float) -> float:
    return max(float(np.sqrt((one**2 + other**2) / 2)), 0.01)
