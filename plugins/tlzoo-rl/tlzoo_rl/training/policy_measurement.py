"""Measurement of the possible initial policies before the first phase."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.training import generator
from tlzoo_rl.environments import Environments, play
from tlzoo_rl.training.initial_policy import Asked, InitialPolicy, choose, read, write
from tlzoo_rl.training.policies import sample
from tlzoo_rl.training.pretrained_policy import begin_at_source
from tlzoo_rl.training.race_result import Policy, Return
from tlzoo_rl.training.returns import Returns

if TYPE_CHECKING:
    from tlzoo_rl.environments.episodes import Acting
    from tlzoo_rl.training.state import ControlState

__all__ = ["measure_policies", "measure_policy", "sampling"]

_EPISODES = {2: 1.0, 4: 1 / 8, 10: 1 / 32}
"""Possible numbers of episodes to measure a policy, with the largest share of the budget that they may take."""


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
    head.set_weights(state.policies[known.chosen])
    return known


def measure_policy(state: ControlState, act: Acting, budget: int | None) -> tuple[Return, int]:
    """Return the mean return of ten episodes, and their steps.

    With a ``budget`` in steps, there are fewer episodes if they are long. The episodes are the same for all policies.
    """
    state.refresh()
    most = min(max(_EPISODES), state.head.episodes)
    seeds = state.seeds(most, "beginning", "episodes")
    totals: list[float] = []
    steps: list[int] = []
    for count, share in _EPISODES.items() if budget is not None else [(most, math.inf)]:
        number = min(count, most)
        if steps and budget is not None and sum(steps) / len(steps) * number > budget * share:
            break
        played = play(state.environment, seeds[len(steps) : number], act)
        totals += [each.total for each in played]
        steps += [each.steps for each in played]
    returns = Returns(tuple(totals), tuple(steps))
    return Return(returns.mean, returns.standard_error), sum(steps)


def sampling(state: ControlState) -> Acting:
    """Return a policy with sampled actions, as in training."""
    random, task = generator(state.setup.seed, "beginning", "acting"), state.environment.task

    def act(seen: np.ndarray) -> np.ndarray:
        actions: np.ndarray = sample(state.answer(seen), task.actions, random, continuous=task.continuous)[0]
        return actions

    return act


def _measured(state: ControlState, asked: Asked) -> InitialPolicy:
    """Measure the pretrained policy and the new one. The steps count only if the measurement decides."""
    counts = asked == "measured"
    found: dict[Policy, tuple[Return, int]] = {}
    names: tuple[Policy, Policy] = ("source", "new")
    for name in names:
        state.network.head.set_weights(state.policies[name])
        found[name] = measure_policy(state, sampling(state), state.budget if counts else None)
    (source, source_steps), (new, new_steps) = found["source"], found["new"]
    if not counts:
        return InitialPolicy("source" if asked == "source" else "new", asked, source, new)
    chosen = choose(source, new, _solved(state))
    likely: Policy = "source" if source.above(new) else "new"
    return InitialPolicy(chosen or likely, asked, source, new, source_steps + new_steps, chosen is None)


def _solved(state: ControlState) -> float | None:
    """Return the return at which the environment counts as solved, as registered with Gymnasium; None if unknown."""
    made = Environments(state.environment, 1)
    try:
        return made.solved
    finally:
        made.close()
