"""Proximal policy optimization (Schulman et al. 2017, arXiv 1707.06347, algorithm 1 with the clipped objective)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, final

import numpy as np

from tlzoo.strategies import Phase
from tlzoo.training import Plan, multiplier
from tlzoo_rl.environments import Environments
from tlzoo_rl.training.learner import Learner, moves_statistics
from tlzoo_rl.training.policies import sample
from tlzoo_rl.training.ppo.advantages import advantages
from tlzoo_rl.training.ppo.update import Rollout, Update, update_for
from tlzoo_rl.training.state import ControlState
from tlzoo_rl.training.trainer import ControlTrainer

__all__ = ["PPO"]


@final
class PPO(ControlTrainer):
    """Trainer of a policy and its value, on rollouts of several environments at once."""

    name: ClassVar[str] = "ppo"

    def learner(self, state: ControlState, phase: Phase, position: int, plan: Plan) -> Learner:
        """Return the learner with a new optimizer; phases with the same trainable variables share a compiled update."""
        encoder = self.encoder(state, phase)
        update, rates = update_for(state, phase, encoder)
        return _Learner(state, phase, position, plan, encoder, update, rates, moves_statistics(state, phase))


@dataclass(slots=True)
class _Learner(Learner):
    update: Update
    rates: np.ndarray
    moves: bool
    totals: np.ndarray = field(init=False)

    def slots(self) -> dict[str, np.ndarray]:
        """Return the optimizer's variables."""
        return {str(number): each.numpy() for number, each in enumerate(self.update.optimizer.variables)}

    def take(self, slots: Mapping[str, np.ndarray]) -> None:
        """Restore the optimizer's variables."""
        for number, variable in enumerate(self.update.optimizer.variables):
            variable.assign(slots[str(number)])

    def segment(self, environments: Environments, number: int | str, rollouts: int) -> dict[str, float]:
        """Act and learn; return the mean return of finished episodes, and the losses of the last update."""
        observations = self.begin(environments, number)
        self.totals = np.zeros(len(environments))
        returned: list[float] = []
        acting, ordering = self.draws(number, "acting"), self.draws(number, "order")
        figures: dict[str, float] = {}
        for rollout in range(rollouts):
            seen, observations = self._collect(environments, observations, acting, returned)
            done = (self.done + rollout * self.state.head.environments * self.state.head.rollout) / self.plan.units
            rates = self.rates * np.float32(multiplier(self.phase.schedule, self.phase.warmup, max(done, 1e-3)))
            if self.moves:  # before the update: values on the old scale are useless after it
                self.state.moving.see(seen.observations)
            figures = self.update(self.encoded(seen), ordering, rates)
            self.state.refresh(keep=self.encoder)
        return figures | ({"return": float(np.mean(returned))} if returned else {})

    def encoded(self, seen: Rollout) -> Rollout:
        """Return a rollout with rows of the encoder, which a network in NumPy does not compute while it acts."""
        return (
            seen if self.state.mirror is None else replace(seen, observations=self.encoder.compute(seen.observations))
        )

    def _collect(
        self, environments: Environments, observations: np.ndarray, random: np.random.Generator, returned: list[float]
    ) -> tuple[Rollout, np.ndarray]:
        """Act for a rollout; return it with the next observations."""
        head, task, scale = self.state.head, self.state.environment.task, self.state.scale
        steps, count = head.rollout, len(environments)
        seen: list[np.ndarray] = []
        taken: list[np.ndarray] = []
        odds, values = np.empty((steps, count), np.float32), np.empty((steps + 1, count), np.float32)
        rewards, ended = np.empty((steps, count)), np.zeros((steps, count), bool)
        over, cut = np.zeros((steps, count), bool), []
        for step in range(steps):
            rows = self.stored(observations)
            outputs = self.answer(rows)
            actions, odds[step] = sample(outputs, task.actions, random, continuous=task.continuous)
            values[step] = scale.values(outputs)
            seen.append(rows)
            taken.append(actions)
            stepped = environments.step(actions)
            rewards[step], over[step] = stepped.rewards, stepped.terminated
            ended[step] = stepped.terminated | stepped.truncated
            self.totals += stepped.rewards
            for position in np.flatnonzero(ended[step]):
                returned.append(float(self.totals[position]))
                self.totals[position] = 0.0
            cut += [(step, at, stepped.last[at]) for at in np.flatnonzero(stepped.truncated).tolist()]
            observations = stepped.observations
        values[steps] = scale.values(self.answer(self.stored(observations)))
        following = np.where(over, 0.0, values[1:])
        if cut:
            last = scale.values(self.answer(self.stored(np.array([each for _, _, each in cut], observations.dtype))))
            for (when, where, _), value in zip(cut, last, strict=True):
                following[when, where] = value
        estimated = advantages(rewards, values[:-1], following, ended, head.discount, head.trace)
        return Rollout.of(np.stack(seen), np.stack(taken), odds, estimated, estimated + values[:-1]), observations
