"""How many steps PPO needs until its policy is good, on ten seeds, and beside stable-baselines3's PPO.

    python tests/benchmarks/reinforcement_learning.py [CartPole-v1] [Acrobot-v1] [--seeds 10] [--against-sb3 PYTHON]
        [--stop]

PYTHON is an interpreter with stable-baselines3, which nothing here depends on, such as a throw-away one:

    uv venv sb3 && uv pip install --python sb3/bin/python "stable-baselines3>=2.6,<3"

Hyperparameters are those that rl-zoo3 publishes for each environment, its falling rates and clipping ranges held where
they begin; rl-zoo3 standardizes what is observed in Acrobot, and tlzoo's trunk does so always. Each library has its own
networks of two layers of 64, one for the policy and one for the value. Every run is a process of its own with
one thread; the two take turns, seed by seed. At the same steps both are judged by the same 20 episodes, the likeliest
action taken, and the clocks stand still, as they do while libraries are imported. Steps to the threshold are those of
the first time that the mean reaches it; a run that never does counts with its whole budget. With --stop a run ends
there, and seconds are those to it. Ctrl-C ends with the table of the seeds so far.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import gymnasium
import numpy as np

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
JUDGED = 20
UNITS = 64


@dataclass(frozen=True)
class Task:
    threshold: float
    budget: int
    every: int
    environments: int
    rollout: int
    batch: int
    passes: int
    discount: float
    trace: float
    rate: float
    standardized: bool
    clip: float = 0.2


TASKS = {
    "CartPole-v1": Task(475, 20_480, 1_024, 8, 32, 256, 20, 0.98, 0.8, 1e-3, standardized=False),
    "Acrobot-v1": Task(-100, 163_840, 4_096, 16, 256, 64, 4, 0.99, 0.94, 3e-4, standardized=True),
}


def main() -> None:
    """Print a line a run, and a table an environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help=f"of {', '.join(TASKS)}; default both")
    parser.add_argument("--seeds", type=int, default=10, metavar="N")
    parser.add_argument("--against-sb3", metavar="PYTHON", help="an interpreter that has stable-baselines3")
    parser.add_argument("--stop", action="store_true", help="end a run where it reaches the threshold")
    parser.add_argument("--run", nargs=2, metavar=("LIBRARY", "SEED"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := set(asked.environments) - TASKS.keys():
        parser.error(f"no hyperparameters for {', '.join(unknown)}; there are some for {', '.join(TASKS)}")
    if asked.run:
        (name,), (library, seed) = asked.environments, asked.run
        print(json.dumps(LIBRARIES[library](name, int(seed), stop=asked.stop)))
        return
    libraries = {"tlzoo": sys.executable}
    if asked.against_sb3:
        check_sb3(asked.against_sb3)
        libraries["stable-baselines3"] = asked.against_sb3
    for name in asked.environments or TASKS:
        runs: dict[str, list[Any]] = {library: [] for library in libraries}
        with suppress(KeyboardInterrupt):
            run_all(name, asked.seeds, libraries, runs, stop=asked.stop)
        whole = min(len(every) for every in runs.values())
        if whole:
            print_table(name, {library: every[:whole] for library, every in runs.items()})
        if whole < asked.seeds:
            sys.exit(130)


def run_all(name: str, seeds: int, libraries: dict[str, str], runs: dict[str, list[Any]], *, stop: bool) -> None:
    """Add what every run came to, and print a line for each."""
    for seed in range(seeds):
        for library, python in libraries.items():
            run = run_alone(python, library, name, seed, stop=stop)
            runs[library].append(run)
            reached, best = steps_to(run, TASKS[name]), max(run["returns"])
            print(
                f"{name} seed {seed} {library:<18} {reached:>8,} steps, best {best:.1f}, {run['seconds']:.1f} s",
                flush=True,
            )


def check_sb3(python: str) -> None:
    """Leave with a line that says how to install it where an interpreter lacks stable-baselines3."""
    if shutil.which(python) is None:
        sys.exit(f"{python}: there is no such interpreter; try: uv venv sb3, and --against-sb3 sb3/bin/python")
    done = subprocess.run([python, "-c", "import stable_baselines3"], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it does not run"])[-1]
        sys.exit(f"{python}: {said}; try: uv pip install --python {python} 'stable-baselines3>=2.6,<3'")


def run_alone(python: str, library: str, name: str, seed: int, *, stop: bool) -> Any:
    """Return what a run in a process of its own came to."""
    command = [python, __file__, name, "--run", library, str(seed), *(["--stop"] if stop else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | THREADS)
    if done.returncode:
        sys.exit(f"{library}, {name}, seed {seed}: {done.stderr.strip().splitlines()[-1]}")
    run = json.loads(done.stdout.splitlines()[-1])
    task = TASKS[name]
    expected = range(task.every, (run["steps"][-1] if stop else task.budget) + 1, task.every)
    assert run["steps"] == list(expected), run["steps"]
    return run


def clocks() -> np.ndarray:
    """Return seconds by the wall's clock and by the processor's, which stands still while others have the machine."""
    return np.array([time.perf_counter(), time.process_time()])


class ReachedError(Exception):
    """Ends a run that has reached the threshold."""


@dataclass
class Judge:
    """Judges a policy now and then, while the clocks of its training stand still."""

    name: str
    act: Callable[[np.ndarray], np.ndarray]
    stop: bool
    steps: list[int] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)
    training: np.ndarray = field(default_factory=lambda: -clocks())

    def __call__(self, steps: int) -> None:
        self.training += clocks()
        self.steps.append(steps)
        self.returns.append(self.mean_return())
        self.training -= clocks()
        if self.stop and self.returns[-1] >= TASKS[self.name].threshold:
            raise ReachedError

    def mean_return(self) -> float:
        """Return the mean return of the same episodes every time."""
        environments = [gymnasium.make(self.name) for _ in range(JUDGED)]
        seen = np.stack([each.reset(seed=10_000 + number)[0] for number, each in enumerate(environments)])
        total, running = 0.0, set(range(JUDGED))
        while running:
            actions = self.act(seen)
            for number in sorted(running):
                seen[number], reward, terminated, truncated, _ = environments[number].step(int(actions[number]))
                total += float(reward)
                if terminated or truncated:
                    running.remove(number)
        return total / JUDGED

    def result(self, version: str) -> dict[str, Any]:
        seconds, processor = (self.training + clocks()).tolist()
        return {
            "version": version,
            "steps": self.steps,
            "returns": self.returns,
            "seconds": seconds,
            "processor": processor,
        }


def run_tlzoo(name: str, seed: int, *, stop: bool) -> dict[str, Any]:
    import keras  # noqa: F401 - with TensorFlow, before the clocks run

    from tlzoo.backbones import LoadRequest, load_backbone
    from tlzoo.strategies import Phase, everything
    from tlzoo.training import Setup
    from tlzoo_rl.environments import gym
    from tlzoo_rl.heads import Policy
    from tlzoo_rl.training import PPO
    from tlzoo_rl.training.ppo.update import Update

    task, environment = TASKS[name], gym(name, {})
    head = Policy(
        environments=task.environments,
        rollout=task.rollout,
        passes=task.passes,
        discount=task.discount,
        trace=task.trace,
        clip=task.clip,
        value_trunk="own",
        episodes=1,
    )
    trainer = PPO()
    judge = Judge(name, lambda seen: trainer.act(state, seen, np.random.default_rng(0)), stop)
    update, learned = Update.__call__, 0

    def judged(*given: Any) -> dict[str, float]:
        """Update, and judge before it what the rollouts before taught: a rollout more was acted, which counts."""
        nonlocal learned
        if learned and learned % task.every == 0:
            judge(learned)
        learned += task.environments * task.rollout
        return update(*given)

    request = LoadRequest(weights="random", input_shape=environment.observation_shape, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(
            load_backbone("rl/mlp.blank", request),
            head,
            environment,
            seed=seed,
            checkpoints=Path(folder),
            budget=task.budget,
            batch_size=task.batch,
            optimizer="adam",
        )
        state = trainer.prepare(setup)
        phase = Phase(name="ppo", train=everything(), rates=task.rate, schedule="constant", statistics="trained")
        with suppress(ReachedError), mock.patch.object(Update, "__call__", judged):
            trainer.run(state, phase, 1, trainer.plan(state, phase), Nothing())
            judge(task.budget)
    return judge.result(f"tlzoo {version('tlzoo')}")


class Nothing:
    """A record that keeps nothing."""

    def append(self, **_figures: Any) -> None:
        """Forget it."""


def run_sb3(name: str, seed: int, *, stop: bool) -> dict[str, Any]:
    import stable_baselines3
    import torch
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import VecNormalize

    class Judged(BaseCallback):
        def _on_step(self) -> bool:
            return True

        def _on_rollout_start(self) -> None:
            if self.num_timesteps and self.num_timesteps % task.every == 0:
                judge(self.num_timesteps)

    torch.set_num_threads(1)
    task = TASKS[name]

    def act(seen: np.ndarray) -> np.ndarray:
        return model.predict(made.normalize_obs(seen) if task.standardized else seen, deterministic=True)[0]

    judge = Judge(name, act, stop)
    made = make_vec_env(name, task.environments, seed=seed)
    made = VecNormalize(made, gamma=task.discount) if task.standardized else made
    model = stable_baselines3.PPO(
        "MlpPolicy",
        made,
        learning_rate=task.rate,
        n_steps=task.rollout,
        batch_size=task.batch,
        n_epochs=task.passes,
        gamma=task.discount,
        gae_lambda=task.trace,
        clip_range=task.clip,
        policy_kwargs={"net_arch": [UNITS, UNITS]},
        seed=seed,
        device="cpu",
    )
    with suppress(ReachedError):
        model.learn(task.budget, callback=Judged())
        judge(model.num_timesteps)
    return judge.result(f"stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}")


LIBRARIES = {"tlzoo": run_tlzoo, "stable-baselines3": run_sb3}


def steps_to(run: Any, task: Task) -> int:
    """Return the steps after which a run first reached the threshold; its budget where it never did."""
    from tlzoo_rl.transfer import Curve

    return int(Curve(tuple(run["steps"]), tuple(run["returns"])).steps_to(task.threshold, task.budget))


def print_table(name: str, runs: dict[str, list[Any]]) -> None:
    """Print interquartile means with 95 % bootstrap intervals, and what tlzoo needs for each of the other's."""
    from tlzoo_rl.transfer import Estimate, estimate, interquartile_mean

    task = TASKS[name]
    steps = {library: np.array([steps_to(each, task) for each in every], float) for library, every in runs.items()}
    seconds, processor = (
        {library: np.array([each[clock] for each in every]) for library, every in runs.items()}
        for clock in ("seconds", "processor")
    )

    def mean(values: np.ndarray) -> Estimate:
        return estimate(lambda one, _other: interquartile_mean(one), values, values)

    def ratio(values: dict[str, np.ndarray]) -> Estimate:
        ours, theirs = values.values()
        return estimate(lambda one, other: interquartile_mean(one) / interquartile_mean(other), ours, theirs)

    def shown(each: Estimate, form: str) -> str:
        return f"{each.value:{form}} ({each.low:{form}} to {each.high:{form}})"

    count = len(next(iter(runs.values())))
    print(f"\n{name}, {count} seeds, {task.budget:,} steps each, a mean return of {task.threshold:g} to be reached")
    print(f"{'':<46} {'reached':>9} {'steps to it':>30} {'seconds':>24} {'of a processor':>24}")
    for library, every in runs.items():
        reached = sum(max(each["returns"]) >= task.threshold for each in every)
        took = " ".join(f"{shown(mean(each[library]), '.1f'):>24}" for each in (seconds, processor))
        print(
            f"{every[0]['version']:<46} {f'{reached} of {count}':>9} {shown(mean(steps[library]), ',.0f'):>30} {took}"
        )
    if len(runs) > 1:
        ratios = " ".join(f"{shown(ratio(each), '.2f'):>24}" for each in (seconds, processor))
        print(f"{'ratio':<46} {'':>9} {shown(ratio(steps), '.2f'):>30} {ratios}", flush=True)


if __name__ == "__main__":
    main()
