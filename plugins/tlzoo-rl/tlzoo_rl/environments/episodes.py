"""Episodes of a policy: returns, and rendered images."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gymnasium
import numpy as np

from tlzoo.errors import DataError
from tlzoo_rl.environments.control import ControlEnvironment
from tlzoo_rl.environments.vectorized import Environments

__all__ = ["Acting", "Episode", "film", "play"]

Acting = Callable[[np.ndarray], np.ndarray]
"""A function from observations (N, …) to actions."""

_AT_ONCE = 32
_MOST_STEPS = 100_000
_PICTURE, _COLOURS = 3, 3
"""Number of axes of an image, and of its channels."""
_MOST_BYTES = 1_000_000_000
"""Memory limit of rendered images: an episode may be endless."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode: the sum of its rewards, the number of its steps, and its actions."""

    total: float
    steps: int
    actions: tuple[Any, ...] = field(default=(), repr=False)


def play(environment: ControlEnvironment, seeds: Sequence[int], act: Acting) -> list[Episode]:
    """Return an episode for each seed, in order. An endless episode is cut off after 100,000 steps."""
    episodes: list[Episode] = []
    for begin in range(0, len(seeds), _AT_ONCE):
        some = seeds[begin : begin + _AT_ONCE]
        made = Environments(environment, len(some))
        try:
            episodes += _together(made, some, act)
        finally:
            made.close()
    return episodes


def _together(made: Environments, seeds: Sequence[int], act: Acting) -> list[Episode]:
    observations = made.reset(seeds)
    count = len(seeds)
    totals, steps = np.zeros(count), np.zeros(count, int)
    actions: list[list[Any]] = [[] for _ in seeds]
    running = np.ones(count, bool)
    while running.any() and steps.max() < _MOST_STEPS:
        chosen = act(observations)
        stepped = made.step(chosen)
        totals[running] += stepped.rewards[running]
        steps[running] += 1
        for position in np.flatnonzero(running):
            actions[position].append(chosen[position].tolist())
        running &= ~(stepped.terminated | stepped.truncated)
        observations = stepped.observations
    return [
        Episode(float(total), int(step), tuple(own)) for total, step, own in zip(totals, steps, actions, strict=True)
    ]


def film(environment: ControlEnvironment, seed: int, act: Acting) -> tuple[Episode, list[np.ndarray], float]:
    """Return an episode, its images and their number per second.

    There is one image before the first and one after each step, uint8 (height, width, 3). Only the first gigabyte of
    images is stored. There are no images if the environment cannot render.

    Raises:
        DataError: If rendering fails.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory and needs no screen
    films: list[_Filmed] = []

    def maker(_: str | None) -> gymnasium.Env[Any, Any]:
        films.append(_Filmed(environment.make("rgb_array"), environment.source))
        return films[0]

    (episode,) = play(replace(environment, maker=maker), [seed], act)
    pictures = films[0].pictures[: episode.steps + 1]  # without the first image of the next episode
    rate = float(films[0].metadata.get("render_fps") or 30) / environment.skip  # an image for each action
    return episode, pictures, rate


class _Filmed(gymnasium.Wrapper):  # type: ignore[misc, type-arg, unused-ignore]
    """An environment that renders an image at the start of an episode and after every step."""

    def __init__(self, environment: gymnasium.Env[Any, Any], source: str) -> None:
        super().__init__(environment)
        self.pictures: list[np.ndarray] = []
        self._source = source
        self._left = _MOST_BYTES

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and render an image."""
        seen, reward, terminated, truncated, info = self.env.step(action)
        self._take()
        return seen, reward, terminated, truncated, info

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode, and render an image."""
        seen, info = self.env.reset(seed=seed, options=options)
        self._take()
        return seen, info

    def _take(self) -> None:
        if self._left <= 0:
            return
        try:
            drawn = self.env.render()
        except Exception as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())
            raise DataError(
                f"{self._source} cannot be rendered: its render raised {said}", "fix its render method"
            ) from error
        if drawn is None:
            return
        picture = np.asarray(drawn)
        if picture.dtype.kind not in "ui" or picture.ndim != _PICTURE or picture.shape[-1] != _COLOURS:
            raise DataError(
                f"{self._source} cannot be rendered: its render returned {picture.dtype} {picture.shape}",
                "return uint8 (height, width, 3)",
            )
        self.pictures.append(picture.astype(np.uint8))
        self._left -= self.pictures[-1].nbytes
