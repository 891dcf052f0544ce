"""Race of two initial policies in the first rollouts of a phase: both train, and the better one continues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlzoo_rl.training.initial_policy.choice import write
from tlzoo_rl.training.initial_policy.measurement import measure_policy, sampling
from tlzoo_rl.training.initial_policy.race_result import Policy, Race, Return, Round

if TYPE_CHECKING:
    from tlzoo.training import Record
    from tlzoo_rl.environments import Environments
    from tlzoo_rl.training.learner import Learner

__all__ = ["Runner", "ahead", "race_policies", "winner"]

_LONGEST_IN_PHASE, _LONGEST_IN_RUN = 1 / 2, 1 / 4
"""Largest shares of the phase and of the run's budget. Most races end after one round, or after one of each policy."""
_ROUND = 1 / 32
"""Share of the run's budget in which one policy trains before it is measured again."""
_HORIZON = 1 / 2
"""Share of the rest of the budget after which returns are projected."""


def race_policies(learner: Learner, environments: Environments, record: Record) -> Race | None:
    """Train both initial policies in turns until one is better; leave the learner with it.

    After each round, the policy that trained is measured again in the same episodes. The race ends if the new policy
    returns more, or if it made no progress and returns less. Otherwise both train, and the new policy continues if it
    would return more halfway through the rest of the budget, at the progress of the last rounds. The race takes at
    most half of the phase, and a quarter of the budget. If returns are then equal within noise, the new policy
    continues, because it explores more.

    Returns:
        The race, or None without one: if the choice was made before, or the phase is too short or does not train the
        head.
    """
    state, phase = learner.state, learner.phase
    initial = state.initial_policy
    if initial is None or not initial.undecided or initial.source is None or state.checkpoints.started:
        return None
    size = state.rollout_steps
    longest = int(min(learner.plan.units * _LONGEST_IN_PHASE, state.budget * _LONGEST_IN_RUN) // size)
    length = max(1, round(state.budget * _ROUND / size))
    expected = length + -(-initial.steps // size)  # with the measurement
    is_initial = (phase.start or "initial") == "initial"
    if expected > longest or not is_initial or not state.network.parts.head <= phase.train.paths(state.network.parts):
        return None
    racing = _Racing(learner, initial.source, initial.new)
    rounds: list[Round] = []
    chosen: Policy | None = None
    while chosen is None and racing.rollouts + expected <= longest:
        name: Policy = "new" if racing.runners["new"].rounds <= racing.runners["source"].rounds else "source"
        figures = racing.train(environments, name, length)
        source, new = racing.runners["source"], racing.runners["new"]
        rounds.append(Round(name, source.returned, new.returned, racing.rollouts))
        _record(learner, record, rounds, figures)
        horizon = _HORIZON * (state.budget / size - racing.rollouts) / length
        chosen = winner(source, new, horizon)
    found = Race(chosen or ahead(source, new, horizon) or "new", tuple(rounds))
    racing.continue_with(found.chosen)
    state.initial_policy = initial.with_race(phase.name, found)
    write(state.setup.checkpoints, state.initial_policy)
    return found


class Runner(NamedTuple):
    """A policy in a race: its return, the progress of the return in its last round, and its number of rounds."""

    returned: Return
    progress: float = 0.0
    rounds: int = 0

    def after(self, returned: Return) -> Runner:
        """Return the policy after a round. Progress of less than a standard error is none.

        This is less than for a difference of policies: too early an end costs more than another round.
        """
        progress = returned.mean - self.returned.mean if returned.above(self.returned, errors=1) else 0.0
        return Runner(returned, progress, self.rounds + 1)


def winner(source: Runner, new: Runner, horizon: float) -> Policy | None:
    """Return the policy that continues, or None if the race should go on; ``horizon`` is in rounds."""
    if new.returned.above(source.returned):
        return "new"
    if source.rounds < new.rounds:
        return "source" if source.returned.above(new.returned) and not new.progress else None
    return ahead(source, new, horizon)


def ahead(source: Runner, new: Runner, horizon: float) -> Policy | None:
    """Return the policy with the higher return, projected over the horizon; None if returns are equal within noise."""
    if new.progress and new.returned.mean + new.progress * horizon > source.returned.mean + source.progress * horizon:
        return "new"
    return "source" if source.returned.above(new.returned) else None


def _record(learner: Learner, record: Record, rounds: list[Round], figures: Mapping[str, float]) -> None:
    """Write a line of figures; ``return`` is that of the policy that would continue now."""
    last = rounds[-1]
    returns = {
        "return": max(last.source.mean, last.new.mean),
        "source_return": last.source.mean,
        "new_return": last.new.mean,
    }
    own = {key: value for key, value in figures.items() if key != "return"}
    record.append(phase=learner.phase.name, epoch=len(rounds), steps=learner.done, **own, **returns)


class _Racing:
    """Both policies of a learner, with their weights and optimizer states."""

    def __init__(self, learner: Learner, source: Return, new: Return) -> None:
        self.runners: dict[Policy, Runner] = {"source": Runner(source), "new": Runner(new)}
        self._learner, self._measured, self._rollouts = learner, 0, 0
        state = learner.state
        self._saved: dict[Policy, tuple[dict[str, np.ndarray], Mapping[str, np.ndarray]]] = {}
        for name in self.runners:
            state.network.head.set_weights(state.policies[name])
            self._saved[name] = self._current()

    @property
    def rollouts(self) -> int:
        """Rollouts so far; measured steps are rounded up."""
        size = self._learner.state.rollout_steps
        return min(self._rollouts + -(-self._measured // size), self._learner.plan.units // size)

    def train(self, environments: Environments, name: Policy, rollouts: int) -> dict[str, float]:
        """Train a policy for a round, and measure it; return the figures of its last update."""
        learner, state = self._learner, self._learner.state
        self.continue_with(name)
        figures = learner.train(environments, f"race {name} {self.runners[name].rounds + 1}", rollouts)
        returned, steps = measure_policy(state, sampling(state), state.budget)
        self.runners[name] = self.runners[name].after(returned)
        self._saved[name] = self._current()
        self._rollouts += rollouts
        self._measured += steps
        learner.done = self.rollouts * state.rollout_steps
        return figures

    def continue_with(self, name: Policy) -> None:
        """Set weights and learner to those of a policy."""
        state = self._learner.state
        weights, slots = self._saved[name]
        for path, variable in state.variables.items():
            variable.assign(weights[path])
        self._learner.take(slots)
        state.refresh()

    def _current(self) -> tuple[dict[str, np.ndarray], Mapping[str, np.ndarray]]:
        variables = self._learner.state.variables
        weights = {path: variable.value.numpy().copy() for path, variable in variables.items()}
        return weights, {key: np.array(value) for key, value in self._learner.slots().items()}
