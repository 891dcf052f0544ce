"""Deep Q-learning (Mnih et al. 2015, doi:10.1038/nature14236) with double targets, on several environments at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.strategies import Phase
from tlzoo.training import Plan, multiplier
from tlzoo_rl.environments import Environments
from tlzoo_rl.training.dqn.replay_memory import Memory
from tlzoo_rl.training.dqn.update import ValueUpdate, value_update_for
from tlzoo_rl.training.learner import Learner, moves_statistics
from tlzoo_rl.training.state import ControlState
from tlzoo_rl.training.trainer import ControlTrainer

__all__ = ["DQN"]


@final
class DQN(ControlTrainer):
    """Trainer of action values, with a replay memory."""

    name: ClassVar[str] = "dqn"

    def cut(self, state: ControlState, phase: Phase) -> int | None:
        """Return the position of the highest stage in the encoder; None for networks that act in NumPy.

        Their memory has observations.
        """
        return super().cut(state, phase) if state.mirror is None else None

    def least(self, state: ControlState) -> int:
        """Return the smallest budget of a phase in steps: whole rollouts until the end of the warmup."""
        rollout = super().least(state)
        return max(rollout, -(-int(state.head.warmup) // rollout) * rollout)

    def plan(self, state: ControlState, phase: Phase) -> Plan:
        """Return the plan of a phase in steps. Raises UsageError if the budget ends before the first update.

        It also raises UsageError if the backbone trains and takes strings.
        """
        plan = super().plan(state, phase)
        if self.cut(state, phase) is None and state.encoder(None).dtype == "string":
            raise UsageError(
                f"phase {phase.name!r}: the replay memory does not store texts",
                "use --head policy, or freeze the backbone: --strategy feature-extraction",
            )
        if plan.units < state.head.warmup:
            raise UsageError(
                f"phase {phase.name!r}: a budget of {plan.units:,} steps is below the {state.head.warmup:,} of warmup, "
                "so nothing is learned",
                "raise --steps, or lower -H warmup=…",
            )
        return plan

    def learner(self, state: ControlState, phase: Phase, position: int, plan: Plan) -> Learner:
        """Return the learner with an empty memory and a new optimizer."""
        encoder = self.encoder(state, phase)
        update, rates = value_update_for(state, phase, encoder)
        update.follow()
        memory = Memory(state.head.memory, encoder.shape, encoder.dtype)
        return _ValueLearner(
            state, phase, position, plan, encoder, update, rates, memory, moves_statistics(state, phase)
        )


@dataclass(slots=True)
class _ValueLearner(Learner):
    update: ValueUpdate
    rates: np.ndarray
    memory: Memory
    moves: bool
    updates: int = field(default=0, init=False)

    def slots(self) -> dict[str, np.ndarray]:
        """Return the optimizer's variables, the target network, and the memory."""
        kept = {f"optimizer/{number}": each.numpy() for number, each in enumerate(self.update.optimizer.variables)}
        kept |= {f"older/{number}": each.numpy() for number, each in enumerate(self.update.weights())}
        return kept | self.memory.slots() | {"updates": np.array(self.updates)}

    def take(self, slots: Mapping[str, np.ndarray]) -> None:
        """Restore the optimizer's variables, the target network, and the memory."""
        for number, variable in enumerate(self.update.optimizer.variables):
            variable.assign(slots[f"optimizer/{number}"])
        for number, variable in enumerate(self.update.weights()):
            variable.assign(slots[f"older/{number}"])
        self.memory.take(slots)
        self.updates = int(slots["updates"])

    def segment(self, environments: Environments, number: int | str, rollouts: int) -> dict[str, float]:
        """Act, store steps and learn; return the mean return of finished episodes, and the last loss."""
        head, count = self.state.head, len(environments)
        observations = self.begin(environments, number)
        acting, choosing = self.draws(number, "acting"), self.draws(number, "memory")
        totals, returned, loss = np.zeros(count), [], 0.0
        for rollout in range(rollouts):
            first = self.memory.seen
            for step in range(head.rollout):
                done = (self.done + (rollout * head.rollout + step) * count) / self.plan.units
                rows = self.stored(observations)
                actions = self._act(rows, done, acting)
                stepped = environments.step(actions)
                following = stepped.observations.copy()
                for position, last in stepped.last.items():
                    following[position] = last
                self.memory.add(
                    observations=rows,
                    actions=actions,
                    rewards=stepped.rewards,
                    following=self.stored(following),
                    terminated=stepped.terminated,
                )
                totals += stepped.rewards
                for position in stepped.last:
                    returned.append(float(totals[position]))
                    totals[position] = 0.0
                observations = stepped.observations
            if self.moves:
                places = np.arange(max(first, self.memory.seen - self.memory.size), self.memory.seen)
                self.state.moving.see(self.memory.columns["observations"][places % self.memory.size])
            if self.memory.seen >= head.warmup:
                loss = self._learn(choosing, (self.done + (rollout + 1) * head.rollout * count) / self.plan.units)
            self.state.refresh(keep=self.encoder)
        return {"loss": loss} | ({"return": float(np.mean(returned))} if returned else {})

    def _act(self, rows: np.ndarray, done: float, random: np.random.Generator) -> np.ndarray:
        """Return epsilon-greedy actions; epsilon decreases linearly from 1 to the head's ``chance``."""
        head = self.state.head
        odds = max(head.chance, 1 - (1 - head.chance) * done / head.exploring)
        best = self.answer(rows).argmax(axis=1)
        drawn = random.integers(self.state.environment.task.actions, size=len(best))
        return np.where(random.random(len(best)) < odds, drawn, best)

    def _learn(self, random: np.random.Generator, done: float) -> float:
        head = self.state.head
        chosen = random.integers(len(self.memory), size=(head.updates, self.state.setup.batch_size))
        rates = self.rates * np.float32(multiplier(self.phase.schedule, self.phase.warmup, min(done, 0.999)))
        loss = self.update(self.memory, chosen, rates)
        self.updates += 1
        if self.updates % head.target == 0:
            self.update.follow()
        return loss
