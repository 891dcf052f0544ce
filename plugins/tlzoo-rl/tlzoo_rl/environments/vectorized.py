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


class Makes(Protocol):
    """What environments are made of: a ``ControlEnvironment``."""

    @property
    def source(self) -> str:
        """The source string."""
        ...

    @property
    def task(self) -> Control:
        """Which actions there are."""
        ...

    @property
    def dtype(self) -> str:
        """That of an observation."""
        ...

    def make(self) -> gymnasium.Env[Any, Any]:
        """Return a new environment."""
        ...


class Environments:
    """N copies, each with its own seed, stepped one after the other by Gymnasium's SyncVectorEnv.

    ``step`` begins a new episode where one has ended (its autoreset mode SAME_STEP). Not in processes of their own: a
    step of what is learned here takes microseconds, and sending it longer.
    """

    def __init__(self, environment: Makes, count: int) -> None:
        self.task = environment.task
        self._source = environment.source
        self._dtype = np.dtype(environment.dtype)
        self._made: Any = SyncVectorEnv(
            [lambda: _Bare(environment.make())] * count, autoreset_mode=AutoresetMode.SAME_STEP
        )
        self._bounds = environment.task.bounds

    def __len__(self) -> int:
        return int(self._made.num_envs)

    @property
    def limit(self) -> int | None:
        """Steps after which an episode is cut off, as Gymnasium knows it; None where it knows of none."""
        spec = self._made.envs[0].spec
        return None if spec is None else spec.max_episode_steps

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Begin an episode in each, drawn from its seed; return observations (N, …)."""
        try:
            observations, _ = self._made.reset(seed=list(seeds))
        except TlzooError:
            raise
        except Exception as error:
            raise self._raised("reset", error) from error
        return self._checked(observations)

    def step(self, actions: np.ndarray) -> Stepped:
        """Take actions, int (N,) or float (N, numbers), which are cut to their bounds."""
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
        last = {position: self._checked(np.asarray(infos["final_obs"][position])) for position in ended}
        return Stepped(self._checked(observations), rewards, terminated, truncated & ~terminated, last)

    def close(self) -> None:
        """Let go of all of them."""
        self._made.close()

    def _checked(self, observations: np.ndarray) -> np.ndarray:
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
    """An environment without infos, whose observations stay what they were.

    SyncVectorEnv puts the infos of all copies into arrays, and fails where they differ in type or shape; it keeps last
    observations by reference, and an environment may overwrite them in the next episode.
    """

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and leave the infos."""
        seen, reward, terminated, truncated, _ = self.env.step(action)
        return np.array(seen), reward, terminated, truncated, {}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode, and leave the infos."""
        seen, _ = self.env.reset(seed=seed, options=options)
        return np.array(seen), {}
