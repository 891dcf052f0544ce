"""Segments of a phase: each starts new episodes, and ends with a checkpoint for resuming."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from tlzoo_rl.environments import Environments
from tlzoo_rl.training.initial_policy.race import race_policies
from tlzoo_rl.training.initial_policy.race_result import Race

if TYPE_CHECKING:
    from tlzoo.training import Record
    from tlzoo_rl.training.learner import Learner

__all__ = ["run_segments"]

_SEGMENTS = 20
_ROLLOUTS = 4
"""Smallest number of rollouts of a segment. A segment is a twentieth of its phase, but not shorter than the longest
episode: resets should be rare, and episodes should end."""


def run_segments(learner: Learner, record: Record, partial: str) -> tuple[float, dict[str, float]]:
    """Run a phase after the last segment of an interrupted one; return the seconds so far, and the last figures.

    A phase that starts from the initial weights begins with the race of initial policies, if there is one.
    ``partial`` is the name of the checkpoint after each segment.
    """
    state, plan = learner.state, learner.plan
    seconds, figures, race = _load(learner, partial)
    state.refresh()
    began = time.perf_counter() - seconds
    environments = Environments(state.environment, state.head.environments)
    size = state.rollout_steps

    def save() -> None:
        about = {"seconds": time.perf_counter() - began, "figures": figures, "done": learner.done}
        about |= {} if race is None else {"race": race.to_json()}
        state.checkpoints.save(partial, learner.slots(), about)

    try:
        with state.setup.progress.track(learner.phase.name, plan.units, "steps") as advance:
            advance(learner.done)
            if race is None and not learner.done:
                race = race_policies(learner, environments, record)
                if race is not None:
                    save()
                    advance(learner.done)
            raced, lines = (0, 0) if race is None else (race.rollouts, len(race.rounds))
            episode = -(-(environments.limit or 0) // state.head.rollout)
            segments = _segments(plan.units // size - raced, episode)
            finished = int(((raced + np.cumsum(segments)) * size <= learner.done).sum())
            for number, rollouts in list(enumerate(segments))[finished:]:
                figures = learner.train(environments, number, rollouts)
                if number and rollouts < episode:  # only short episodes end in such a last segment
                    figures.pop("return", None)
                # Before the checkpoint, so that a segment repeated after a kill is recorded once.
                record.append(phase=learner.phase.name, epoch=lines + number + 1, steps=learner.done, **figures)
                save()
                advance(rollouts * size)
    finally:
        environments.close()
    return time.perf_counter() - began, figures


def _segments(rollouts: int, episode: int) -> list[int]:
    """Return the rollouts of each segment of a phase; the longest episode has ``episode`` rollouts."""
    size = max(_ROLLOUTS, math.ceil(rollouts / _SEGMENTS), episode)
    return [min(size, rollouts - begin) for begin in range(0, rollouts, size)]


def _load(learner: Learner, partial: str) -> tuple[float, dict[str, float], Race | None]:
    """Restore the checkpoint of an interrupted phase; return its seconds, last figures and race."""
    checkpoints = learner.state.checkpoints
    if not checkpoints.exists(partial):
        return 0.0, {}, None
    with checkpoints.interrupted(partial) as (slots, about):
        learner.take(slots)
        learner.done = int(about["done"])
        race = Race.from_json(about["race"]) if "race" in about else None
        return float(about["seconds"]), dict(about["figures"]), race
