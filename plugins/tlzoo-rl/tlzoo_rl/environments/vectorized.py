"""Several copies of an environment, stepped together, with one-line errors for failures and invalid numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tlzoo.errors import TlzooError, TrainingError
from tlzoo_rl.environments.task import Control

__all__ = ["Environments", "Stepped"]


@dataclass(frozen=True, slots=True)
class Stepped:
    """The result of a step.

    ``observations`` (N, …) are those of the next step: after an episode, the first of the next one. ``rewards``
    float64 (N,), ``terminated`` and ``truncated`` bool (N,). ``last`` has the last observation of each finished
    episode, by position.
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    last: dict[int, np.ndarray]


class Makes(Protocol):
    """The part of ``ControlEnvironment`` that ``Environments`` uses."""

    @property
    def source(self) -> str:
        """The source string."""
        ...

    @property
    def task(self) -> Control:
        """The actions."""
        ...

    @property
    def dtype(self) -> str:
        """The dtype of an observation."""
        ...

    @property
    def skip(self) -> int:
        """The number of steps for which an action is repeated."""
        ...

    def make(self) -> gymnasium.Env[Any, Any]:
        """Return a new environment."""
        ...


class Environments:
    """N copies, each with its own seed, stepped one after the other by Gymnasium's SyncVectorEnv.

    ``step`` starts a new episode after each finished one (autoreset mode SAME_STEP). There are no subprocesses: a
    step of these environments takes microseconds, less than sending it.
    """

    def __init__(self, environment: Makes, count: int) -> None:
        self.task = environment.task
        self._source = environment.source
        self._dtype = np.dtype(object if environment.dtype == "string" else environment.dtype)
        self._skip = environment.skip
        self._made: Any = SyncVectorEnv(
            [lambda: _Bare(environment.make())] * count, autoreset_mode=AutoresetMode.SAME_STEP
        )
        self._bounds = environment.task.bounds

    def __len__(self) -> int:
        return int(self._made.num_envs)

    @property
    def limit(self) -> int | None:
        """The largest number of actions of an episode, by Gymnasium's step limit; None if it has none."""
        spec = self._made.envs[0].spec
        return None if spec is None or spec.max_episode_steps is None else -(-spec.max_episode_steps // self._skip)

    @property
    def solved(self) -> float | None:
        """The return at which the environment counts as solved, by its registration; None if it has none."""
        spec = self._made.envs[0].spec
        return None if spec is None else spec.reward_threshold

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Start an episode in each with its seed; return observations (N, …)."""
        try:
            observations, _ = self._made.reset(seed=list(seeds))
        except TlzooError:
            raise
        except Exception as error:
            raise self._raised("reset", error) from error
        return self._checked(observations)

    def step(self, actions: np.ndarray) -> Stepped:
        """Take actions, int (N,) or float (N, numbers); numbers are clipped to their bounds."""
        given = np.clip(actions, *self._bounds) if self.task.continuous else actions
        try:
            observations, rewards, terminated, truncated, infos = self._made.step(given)
        except TlzooError:
            raise
        except Exception as error:
            raise self._raised("step", error) from error
        if not np.isfinite(rewards).all():
            raise TrainingError(
                f"{self._source} returned a reward of {rewards[~np.isfinite(rewards)][0]}", "return finite rewards"
            )
        ended = np.flatnonzero(terminated | truncated).tolist()
        last = {position: self._checked([infos["final_obs"][position]])[0] for position in ended}
        return Stepped(self._checked(observations), rewards, terminated, truncated & ~terminated, last)

    def close(self) -> None:
        """Close all environments."""
        self._made.close()

    def _checked(self, given: Any) -> np.ndarray:
        observations = np.asarray(given, object if self._dtype.kind == "O" else None)
        if self._dtype.kind == "f" and not np.isfinite(observations).all():
            wrong = observations[~np.isfinite(observations)][0]
            raise TrainingError(f"{self._source} returned an observation with {wrong}", "return finite observations")
        return observations.astype(self._dtype, copy=False)

    def _raised(self, when: str, error: Exception) -> TrainingError:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace is not None else ""
        said = " ".join(str(error).split())
        return TrainingError(
            f"{self._source} raised {type(error).__name__} in {when}: {said}{where}", "fix the environment"
        )


class _Bare(gymnasium.Wrapper):  # type: ignore[misc, type-arg, unused-ignore]
    """An environment without infos that copies its observations.

    SyncVectorEnv puts the infos of all copies into arrays, and fails if they differ in type or shape; it stores last
    observations by reference, and an environment may overwrite them in the next episode.
    """

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and remove the infos."""
        seen, reward, terminated, truncated, _ = self.env.step(action)
        return _copied(seen), reward, terminated, truncated, {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode, and remove the infos."""
        seen, _ = self.env.reset(seed=seed, options=options)
        return _copied(seen), {}


def _copied(seen: Any) -> Any:
    """Return a copy of an observation; a text is immutable."""
    return seen if isinstance(seen, str) else np.array(seen)
