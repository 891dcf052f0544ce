"""Images and texts as observations: rendered frames, repeated actions, and stacks of frames."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.wrappers import AddRenderObservation, FrameStackObservation, TransformObservation

from tlzoo.errors import DataError, UsageError

__all__ = ["IMAGES", "OBSERVATIONS", "TEXTS", "is_image", "is_text", "modality_of", "rendered", "stacked"]

IMAGES, TEXTS, OBSERVATIONS = "vision", "text", "rl"
"""The modalities of observations."""

_SMALLEST = 32
"""Smallest height and width of an image, in pixels: smaller maps are grids of cells, such as MiniGrid's of 7 x 7."""
_RANK = 3
_CHANNELS = {1, 3}
_WHITE = 255


def is_text(space: Any) -> bool:
    """Return whether observations are strings, such as the missions of MiniGrid."""
    return space.dtype is not None and np.dtype(space.dtype).kind == "U"


def is_image(space: Any) -> bool:
    """Return whether observations are images: uint8 from 0 to 255, (height, width, 1 or 3), 32 x 32 or larger."""
    if not isinstance(space, spaces.Box) or space.dtype != np.uint8 or len(space.shape) != _RANK:
        return False
    height, width, channels = space.shape
    is_range = bool((space.low == 0).all() and (space.high == _WHITE).all())
    return is_range and channels in _CHANNELS and min(height, width) >= _SMALLEST


def modality_of(space: Any, form: str | None) -> str:
    """Return the modality of adapted observations; ``form`` "array" reads images as maps."""
    if is_text(space):
        return TEXTS
    shape = space.shape or ()
    return IMAGES if len(shape) > _RANK or (form != "array" and is_image(space)) else OBSERVATIONS


def rendered(environment: gymnasium.Env[Any, Any], source: str) -> gymnasium.Env[Any, Any]:
    """Return the environment with its rendered frames as observations, uint8 (height, width, 3).

    Raises:
        DataError: If the environment does not render such frames.
    """
    fix = "its render must return uint8 (height, width, 3)"
    try:
        made: gymnasium.Env[Any, Any] = AddRenderObservation(environment)
        shape: tuple[int, ...] = made.observation_space.shape or ()
        dtype = np.asarray(environment.render()).dtype
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise DataError(f"{source} cannot be rendered: {said}", fix) from error
    if len(shape) != _RANK or shape[-1] != max(_CHANNELS) or dtype != np.uint8:
        raise DataError(f"{source} cannot be rendered: its frames are {dtype} {shape}", fix)
    return made


def stacked(environment: gymnasium.Env[Any, Any], count: int, form: str | None, source: str) -> gymnasium.Env[Any, Any]:
    """Return the environment with its last ``count`` observations, the latest one last.

    Images become (count, height, width, channels). Vectors are concatenated, and maps along their channels. At the
    start of an episode, the first observation is repeated.

    Raises:
        UsageError: For texts.
    """
    if count == 1:
        return environment
    space: Any = environment.observation_space
    if is_text(space):
        raise UsageError(f"{source}: observations are texts, which cannot be stacked", "remove stack")
    made: gymnasium.Env[Any, Any] = FrameStackObservation(environment, count)
    if modality_of(space, form) == IMAGES:
        return made
    joined = [np.concatenate([bound] * count, axis=-1) for bound in (space.low, space.high)]
    joint = spaces.Box(*joined, dtype=space.dtype)
    return TransformObservation(made, lambda seen: np.concatenate(list(seen), axis=-1), joint)
