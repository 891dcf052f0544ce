"""Spaces of an environment: actions for heads, observations for trunks, and their adaptation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.wrappers import RepeatAction

from tlzoo.errors import UsageError, did_you_mean
from tlzoo_rl.environments.frames import is_text, rendered, stacked
from tlzoo_rl.environments.task import Control

__all__ = ["Form", "Observing", "adapted", "task_of"]

Form = Literal["pixels", "array"]
"""How images are read: as pixels for vision backbones, or as maps."""

_RANKS = {1, 3}
_LONGEST = 1_000_000
"""Bound of the length of texts, in characters, which Gymnasium needs."""


@dataclass(frozen=True, slots=True)
class Observing:
    """Adaptation of observations, declared in a source string.

    ``key`` is the key of a dictionary; ``observations`` are the used positions of a vector, in order;
    ``pad`` is the length to which a vector is padded with zeros. ``form`` is "pixels" for images, or "array" for
    images as maps; ``rendered`` marks frames from the environment's renderer. ``stack`` is the number of observations
    in one, ``skip`` the number of steps that repeat an action.
    """

    key: str | None = None
    observations: tuple[int, ...] | None = None
    pad: int | None = None
    form: Form | None = None
    rendered: bool = False
    stack: int = 1
    skip: int = 1

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for the user."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        if self.observations is not None:
            yield f"observations: only the numbers at {', '.join(map(str, self.observations))} are used"
        if self.pad is not None:
            yield f"observations are padded with zeros to {self.pad} numbers"
        if self.rendered:
            yield "observations are rendered frames"
        if self.stack > 1:
            yield f"each observation is a stack of the last {self.stack} observations of the environment"
        if self.skip > 1:
            yield f"each action is repeated for {self.skip} steps of the environment; --steps counts actions"


def task_of(space: Any, source: str) -> Control:
    """Return the task of an action space; raise UsageError for one that no head here supports."""
    if isinstance(space, spaces.Discrete):
        if space.start != 0:
            raise UsageError(f"{source}: its actions start at {space.start}", "wrap it, so that they start at 0")
        return Control(int(space.n))
    if isinstance(space, spaces.Box) and len(space.shape) == 1 and np.isfinite([space.low, space.high]).all():
        return Control(space.shape[0], tuple(map(float, space.low)), tuple(map(float, space.high)))
    raise UsageError(
        f"{source}: no head supports the actions {space}",
        "use discrete actions (Discrete) or bounded numbers (a flat Box)",
    )


def adapted(environment: gymnasium.Env[Any, Any], how: Observing, source: str) -> gymnasium.Env[Any, Any]:
    """Return the environment with observations for backbones: vectors, maps with channels, images or texts.

    Discrete observations are one-hot encoded. Of a dictionary the value of ``key`` is used, by default that of
    ``image``.

    Raises:
        UsageError: For observations of another kind.
        DataError: If frames are requested from an environment that cannot be rendered.
    """
    environment = RepeatAction(environment, how.skip) if how.skip > 1 else environment
    environment = rendered(environment, source) if how.rendered else environment
    space = environment.observation_space
    if isinstance(space, spaces.Dict):
        key = how.key or ("image" if "image" in space.spaces else None)
        if key not in space.spaces:
            fix = did_you_mean(key, space.spaces) if key else f"choose one of its keys: ?key={next(iter(space.spaces))}"
            raise UsageError(f"{source}: observations are a dictionary of {', '.join(map(repr, space.spaces))}", fix)
        environment = _Mapped(environment, space.spaces[key], lambda seen: seen[key])
    elif how.key is not None:
        raise UsageError(f"{source}: observations are not a dictionary", "leave out key")
    space = environment.observation_space
    if isinstance(space, spaces.Discrete):
        rows = np.eye(int(space.n), dtype=np.float32)
        first = int(space.start)
        environment = _Mapped(environment, _box(len(rows)), lambda seen: rows[int(seen) - first])
    elif isinstance(space, spaces.MultiBinary) and len(space.shape) == 1:
        environment = _Mapped(environment, _box(space.shape[0]), lambda seen: np.asarray(seen, np.float32))
    elif is_text(space):
        environment = _Mapped(environment, spaces.Text(_LONGEST), str)
    elif not isinstance(space, spaces.Box) or len(space.shape) not in _RANKS:
        raise UsageError(
            f"{source}: no backbone supports the observations {space}", "use a vector, a map with channels, or a text"
        )
    if 0 in (environment.observation_space.shape or ()):
        raise UsageError(f"{source}: its observations are empty: {space}", "use a vector, or a map with channels")
    return stacked(_vector(environment, how, source), how.stack, how.form, source)


def _vector(environment: gymnasium.Env[Any, Any], how: Observing, source: str) -> gymnasium.Env[Any, Any]:
    shape: tuple[int, ...] = tuple(environment.observation_space.shape or ())
    if how.observations is None and how.pad is None:
        return environment
    if len(shape) != 1:
        what = f"a map of shape {shape}" if shape else "texts"
        raise UsageError(f"{source}: observations are {what}", "remove observations and pad, which are for vectors")
    taken = np.arange(shape[0]) if how.observations is None else np.array(how.observations)
    if not len(taken) or taken.min() < 0 or taken.max() >= shape[0]:
        raise UsageError(
            f"{source}: invalid positions observations={','.join(map(str, taken))}", f"use 0 to {shape[0] - 1}"
        )
    length = len(taken) if how.pad is None else how.pad
    if length < len(taken):
        raise UsageError(
            f"{source}: pad={length} is less than the {len(taken)} numbers of an observation",
            f"use {len(taken)} or more",
        )

    def take(seen: Any) -> Any:
        row = np.zeros(length, np.float32)
        row[: len(taken)] = np.asarray(seen)[taken]
        return row

    return _Mapped(environment, _box(length), take)


def _box(length: int) -> spaces.Box:
    return spaces.Box(-np.inf, np.inf, (length,), np.float32)


class _Mapped(gymnasium.ObservationWrapper):  # type: ignore[misc, type-arg, unused-ignore]
    """An environment with transformed observations."""

    def __init__(self, environment: gymnasium.Env[Any, Any], space: Any, function: Any) -> None:
        super().__init__(environment)
        self.observation_space = space
        self._function = function

    def observation(self, observation: Any) -> Any:
        """Return the transformed observation."""
        return self._function(observation)
