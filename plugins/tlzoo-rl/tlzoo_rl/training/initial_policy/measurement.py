"""Measurement of the possible initial policies before the first phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import RunError
from tlzoo.training import generator
from tlzoo_rl.environments import Environments, play
from tlzoo_rl.training.initial_policy.choice import Asked, InitialPolicy, choose, read, write
from tlzoo_rl.training.initial_policy.pretrained import begin_at_source
from tlzoo_rl.training.initial_policy.race_result import Policy, Return
from tlzoo_rl.training.policies import sample
from tlzoo_rl.training.returns import Returns

if TYPE_CHECKING:
    from tlzoo_rl.environments.episodes import Acting
    from tlzoo_rl.training.state import ControlState

__all__ = ["measure_policies", "measure_policy", "sampling"]

_EPISODES = {2: 1.0, 4: 1 / 8, 10: 1 / 32}
"""Possible numbers of episodes to measure a policy, with the largest share of the budget that they may take."""
_ENOUGH, _CLEAR = 4, 4.0
"""Episodes after which a clear difference ends the measurement, and the standard errors of a clear difference."""


def measure_policies(state: ControlState, act: Acting) -> InitialPolicy | None:
    """Set the head to the better of its new weights and the pretrained policy; return the choice.

    The choice is stored with the checkpoints: a reopened run does not measure again. ``act`` are the actions in
    evaluation, for heads without a choice. The result is None for runs from before policies were measured.
    """
    head, folder = state.network.head, state.setup.checkpoints
    asked: Asked | None = getattr(state.head, "begin", None)
    fresh = head.get_weights()
    pretrained = asked is not None and begin_at_source(head, state.setup.backbone.source_head)
    state.policies = {"new": fresh} | ({"source": head.get_weights()} if pretrained else {})
    known = read(folder)
    if known is None and (asked != "measured" or not pretrained) and any(folder.glob("phase-*")):
        if asked == "new":
            head.set_weights(fresh)
        return None
    if known is None:
        if pretrained:
            known = _measured(state, asked or "new")
        else:
            acting = act if asked is None else sampling(state)
            known = InitialPolicy("new", asked or "new", None, measure_policy(state, acting, None)[0])
        write(folder, known)
    if known.chosen not in state.policies:
        raise RunError(f"{folder} begins with a pretrained policy, which the backbone does not have", "train again")
    head.set_weights(state.policies[known.chosen])
    return known


def measure_policy(state: ControlState, act: Acting, budget: int | None) -> tuple[Return, int]:
    """Return the mean return of ten episodes, and their steps.

    With a ``budget`` in steps, there are fewer episodes if they are long. The episodes are the same for all policies.
    """
    measurement = _Measurement(state, act, budget)
    for count in _EPISODES:
        measurement.extend(count)
    return measurement.returned, sum(measurement.steps)


def sampling(state: ControlState) -> Acting:
    """Return a policy with sampled actions, as in training."""
    random, task = generator(state.setup.seed, "beginning", "acting"), state.environment.task

    def act(seen: np.ndarray) -> np.ndarray:
        actions: np.ndarray = sample(state.answer(seen), task.actions, random, continuous=task.continuous)[0]
        return actions

    return act


class _Measurement:
    """Episodes of a policy, played a few at a time."""

    def __init__(self, state: ControlState, act: Acting, budget: int | None) -> None:
        self._state, self._act, self._budget = state, act, budget
        self._seeds = state.seeds(min(max(_EPISODES), state.head.episodes), "beginning", "episodes")
        self.totals: list[float] = []
        self.steps: list[int] = []

    def extend(self, count: int) -> None:
        """Play until there are so many episodes, unless they would take more than their share of the budget."""
        wanted, had = min(count, len(self._seeds)), len(self.steps)
        expected = sum(self.steps) / had * wanted if had else 0
        if wanted > had and (self._budget is None or expected <= self._budget * _EPISODES[count]):
            self._state.refresh()
            played = play(self._state.environment, self._seeds[had:wanted], self._act)
            self.totals += [each.total for each in played]
            self.steps += [each.steps for each in played]

    @property
    def returned(self) -> Return:
        """The mean return so far."""
        returns = Returns(tuple(self.totals), tuple(self.steps))
        return Return(returns.mean, returns.standard_error)


def _measured(state: ControlState, asked: Asked) -> InitialPolicy:
    """Measure the pretrained policy and the new one. The steps count only if the measurement decides.

    It ends early if the pretrained policy is clearly better, or does not return more than the new one.
    """
    counts = asked == "measured"
    names: tuple[Policy, Policy] = ("source", "new")
    measured = {name: _Measurement(state, sampling(state), state.budget if counts else None) for name in names}
    for count in _EPISODES:
        for name in names:
            state.network.head.set_weights(state.policies[name])
            measured[name].extend(count)
        source, new = (measured[name].returned for name in names)
        if count >= _ENOUGH and (source.above(new, errors=_CLEAR) or new.mean >= source.mean):
            break
    if not counts:
        return InitialPolicy("source" if asked == "source" else "new", asked, source, new)
    chosen = choose(source, new, _solved(state))
    likely: Policy = "source" if source.above(new) else "new"
    steps = sum(sum(each.steps) for each in measured.values())
    return InitialPolicy(chosen or likely, asked, source, new, steps, chosen is None)


def _solved(state: ControlState) -> float | None:
    """Return the return at which the environment counts as solved, as registered with Gymnasium; None if unknown."""
    made = Environments(state.environment, 1)
    try:
        return made.solved
    finally:
        made.close()
