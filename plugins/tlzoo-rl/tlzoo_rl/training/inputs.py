"""Inputs of predictions: an episode's seed, or an observation."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tlzoo.errors import UsageError

__all__ = ["read_input", "read_seed"]


def read_input(given: Any) -> Any:
    """Return the seed of an episode (int), or an unchanged observation: nested lists, or an array.

    A string is JSON, as on the command line. Raises UsageError for anything else.
    """
    read = given
    if isinstance(given, str):
        try:
            read = json.loads(given)
        except ValueError:
            read = None
    if isinstance(read, int | np.integer) and not isinstance(read, bool):
        if read < 0:
            raise UsageError(f"invalid seed {read}", "use 0 or more")
        return int(read)
    if not _is_observation(read):
        raise UsageError(
            f"{given!r:.60} is not an input of a policy", "use an episode's seed, or an observation: '[0.1, 0, 0, 0]'"
        )
    return read


def read_seed(given: Any) -> int:
    """Return the seed of an episode; raise UsageError for all other inputs."""
    seed = read_input(given)
    if not isinstance(seed, int):
        raise UsageError("a video needs one episode", "use its seed: tlzoo predict RUN 7 --video episode.gif")
    return seed


def _is_observation(read: Any) -> bool:
    """Return whether these are nested lists of one shape, or an array, of numbers that single precision can hold."""
    try:
        numbers = np.asarray(read)
    except ValueError:  # lists of several lengths
        return False
    if not numbers.ndim or numbers.dtype.kind not in "biuf":
        return False
    return bool((np.abs(numbers) <= np.finfo(np.float32).max).all())
