"""Several copies of an environment, stepped together; what fails or gives no numbers is told in one line.

Not by Gymnasium's SyncVectorEnv: it puts the infos of all copies, which nobody reads here, into arrays, and so fails
where theirs differ in type or shape; an episode's last observation is a reference, which a reset may write over; and a
step takes longer (`tests/benchmarks/acting.py`). Its autoreset mode SAME_STEP is what ``step`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlzoo.errors import TlzooError, TrainingError
from tlzoo_rl.environments.control import ControlEnvironment

__all__ = ["Environments", "Stepped"]


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step gave.

    ``observations`` (N, …) are those to act on next: of an episode that ended, the first of the next one. ``rewards``
    float64 (N,), ``terminated`` and ``truncated`` bool (N,). ``last`` has the last observation of each episode that
    ended, by position.
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    last: dict[int, np.ndarray]


class Environments:
    """N copies, each with its own seed, stepped one after the other.

    ``step`` begins a new episode where one has ended (its autoreset mode SAME_STEP).
    """

    def __init__(self, environment: ControlEnvironment, count: int) -> None:
        self.task = environment.task
        self._source = environment.source
        self._dtype = np.dtype(environment.dtype)
        self._made = [environment.make() for _ in range(count)]
        self._low = np.array(environment.task.low, np.float32)
        self._high = np.array(environment.task.high, np.float32)
        self.observations = np.zeros((count, *environment.observation_shape), self._dtype)

    def __len__(self) -> int:
        return len(self._made)

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Begin an episode in each, drawn from its seed; return observations (N, …)."""
        for position, (made, seed) in enumerate(zip(self._made, seeds, strict=True)):
            self.observations[position] = self._begin(made, seed)
        self._check(self.observations)
        return self.observations.copy()

    def step(self, actions: np.ndarray) -> Stepped:
        """Take actions, int (N,) or float (N, numbers), which are cut to their bounds."""
        given: Any = np.clip(actions, self._low, self._high) if self.task.continuous else actions.tolist()
        count = len(self._made)
        rewards, terminated = np.zeros(count), np.zeros(count, bool)
        truncated, last = np.zeros(count, bool), {}
        observations = self.observations
        for position, made in enumerate(self._made):
            try:
                seen, rewards[position], ended, cut, _ = made.step(given[position])
            except TlzooError:
                raise
            except Exception as error:
                raise self._raised("step", error) from error
            if ended or cut:
                terminated[position], truncated[position] = ended, cut and not ended
                last[position] = np.array(seen, self._dtype)  # a copy: some environments write into one array
                seen = self._begin(made, None)
            observations[position] = seen
        self._check(observations)
        if not np.isfinite(rewards).all():
            raise TrainingError(f"{self._source} gave a reward of {rewards[~np.isfinite(rewards)][0]}", "mend it")
        return Stepped(observations.copy(), rewards, terminated, truncated, last)

    def close(self) -> None:
        """Let go of all of them."""
        for made in self._made:
            made.close()

    def _begin(self, made: Any, seed: int | None) -> Any:
        try:
            seen, _ = made.reset(seed=seed)
        except Exception as error:
            raise self._raised("reset", error) from error
        return seen

    def _check(self, observations: np.ndarray) -> None:
        if self._dtype.kind == "f" and not np.isfinite(observations).all():
            wrong = observations[~np.isfinite(observations)][0]
            raise TrainingError(f"{self._source} gave an observation with {wrong}", "mend it, or leave it out")

    def _raised(self, when: str, error: Exception) -> TrainingError:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace is not None else ""
        said = " ".join(str(error).split())
        return TrainingError(f"{self._source} raised {type(error).__name__} in {when}: {said}{where}", "mend it")
