"""Whole episodes: what a policy returns, and what it looks like."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tlzoo_rl.environments.control import ControlEnvironment
from tlzoo_rl.environments.stepping import Environments

__all__ = ["Acting", "Episode", "film", "play"]

Acting = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From observations (N, …) and the episodes' positions (N,) to actions."""

_AT_ONCE = 32
_MOST_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode: the sum of its rewards, how many steps it had, and what was done."""

    total: float
    steps: int
    actions: tuple[Any, ...] = field(default=(), repr=False)


def play(environment: ControlEnvironment, seeds: Sequence[int], act: Acting) -> list[Episode]:
    """Return an episode for each seed, in order. One without an end is cut after 100,000 steps."""
    episodes: list[Episode] = []
    for begin in range(0, len(seeds), _AT_ONCE):
        some = seeds[begin : begin + _AT_ONCE]
        made = Environments(environment, len(some))
        try:
            episodes += _together(made, some, act, begin)
        finally:
            made.close()
    return episodes


def _together(made: Environments, seeds: Sequence[int], act: Acting, first: int) -> list[Episode]:
    observations = made.reset(seeds)
    count = len(seeds)
    positions = np.arange(first, first + count)
    totals, steps = np.zeros(count), np.zeros(count, int)
    actions: list[list[Any]] = [[] for _ in seeds]
    running = np.ones(count, bool)
    while running.any() and steps.max() < _MOST_STEPS:
        chosen = act(observations, positions)
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


def film(
    environment: ControlEnvironment, seed: int, act: Acting, *, most_frames: int | None = None
) -> tuple[Episode, list[np.ndarray], float]:
    """Return an episode, its pictures uint8 (height, width, 3), one more than steps, and how many a second there are.

    ``most_frames`` ends it early. Where the environment cannot be drawn there are no pictures.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory, and should look for no screen
    made = environment.make("rgb_array")
    try:
        observation, _ = made.reset(seed=seed)
        frames, total, actions = [made.render()], 0.0, []
        while len(frames) <= _MOST_STEPS:
            chosen = act(np.asarray(observation, environment.dtype)[np.newaxis], np.zeros(1, int))[0]
            bounded = (
                np.clip(chosen, environment.task.low, environment.task.high) if environment.task.continuous else chosen
            )
            observation, reward, ended, cut, _ = made.step(
                bounded.astype(np.float32) if environment.task.continuous else int(bounded)
            )
            total += float(reward)
            actions.append(chosen.tolist())
            frames.append(made.render())
            if ended or cut or len(frames) == most_frames:
                break
    finally:
        made.close()
    pictures = [np.asarray(each, np.uint8) for each in frames if each is not None]
    rate = float(made.metadata.get("render_fps") or 30)
    return Episode(total, len(actions), tuple(actions)), pictures, rate
