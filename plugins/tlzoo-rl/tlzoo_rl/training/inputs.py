"""Inputs of predictions: an episode's seed, or an observation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo_rl.environments import ControlEnvironment

__all__ = ["describe_observation", "read_input", "read_observation", "read_seed"]

_MOST_SHOWN = 1000
"""Largest observation that a prediction repeats, in numbers."""


def read_input(given: Any, *, texts: bool = False) -> Any:
    """Return the seed of an episode (int), or an unchanged observation: nested lists, an array, or a text.

    A string is JSON, as on the command line. If observations are ``texts``, a string that is not a whole number is an
    observation. Raises UsageError for anything else.
    """
    if texts and isinstance(given, str) and not given.strip().removeprefix("-").isdecimal():
        return given
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


def read_observation(given: Any, environment: ControlEnvironment) -> np.ndarray:
    """Return an observation in the shape and dtype of an environment; raise UsageError for another shape or range."""
    if environment.dtype == "string":
        if not isinstance(given, str):
            raise UsageError("observations are texts", "use an episode's seed, or a text")
        return np.array(given, object)
    try:
        observation = np.asarray(given, environment.dtype)
    except (OverflowError, ValueError) as error:
        raise UsageError(
            f"an observation is out of range for {environment.dtype}: {error}", "use values in its range"
        ) from error
    if observation.shape != environment.observation_shape:
        raise UsageError(
            f"observations need the shape {environment.observation_shape}, not {observation.shape}",
            "use an episode's seed, or an observation",
        )
    return observation


def describe_observation(observation: np.ndarray) -> Any:
    """Return an observation for the JSON of a prediction; of an image its dtype and shape."""
    if observation.size > _MOST_SHOWN:
        return f"{observation.dtype} {' x '.join(map(str, observation.shape))}"
    return observation.tolist()


def _is_observation(read: Any) -> bool:
    """Return whether these are nested lists of one shape, or an array, of numbers that single precision can hold."""
    try:
        numbers = np.asarray(read)
    except ValueError:  # lists of several lengths
        return False
    if not numbers.ndim or numbers.dtype.kind not in "biuf":
        return False
    return bool((np.abs(numbers) <= np.finfo(np.float32).max).all())
