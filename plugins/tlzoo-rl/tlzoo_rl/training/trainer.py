"""Base class of both trainers: phases with a budget of steps, divided into segments for resuming.

Each segment starts new episodes with seeds from (seed, phase, segment), so that a resumed run has the same episodes as
an uninterrupted one. Acting and learning both call the network with ``training=False``.
"""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from tlzoo.data import RunData
from tlzoo.errors import UsageError
from tlzoo.evaluation import ReportImage
from tlzoo.export import PreparedSplit, ServingModel
from tlzoo.heads import Head
from tlzoo.strategies import Answer, Epochs, Job, Phase, PhaseResult, Probe, Share
from tlzoo.training import (
    Checkpoints,
    Evaluation,
    Intent,
    Plan,
    Record,
    Setup,
    Trainer,
    audit,
    digests,
    generator,
    moving_statistics,
    refuse_fields,
    set_intents,
)
from tlzoo_rl.environments import ControlEnvironment, film, play
from tlzoo_rl.networks.frames import network_on_frames
from tlzoo_rl.networks.value_trunk import own_parts, with_value_trunk
from tlzoo_rl.training.encoder import Encoder, planned_mode
from tlzoo_rl.training.initial_policy.measurement import measure_policies
from tlzoo_rl.training.initial_policy.race_result import Return
from tlzoo_rl.training.inputs import describe_observation, read_input, read_observation, read_seed
from tlzoo_rl.training.learner import Learner, moves_statistics
from tlzoo_rl.training.policies import greedy, sample
from tlzoo_rl.training.returns import Returns
from tlzoo_rl.training.running_statistics import Moving
from tlzoo_rl.training.segments import run_segments
from tlzoo_rl.training.serving import serving_model
from tlzoo_rl.training.state import ControlState
from tlzoo_rl.training.value_scale import ValueScale
from tlzoo_rl.training.video import check_video, write_video

__all__ = ["ControlTrainer"]

_TRANSITIONS = 64
_BUDGET = 100_000
"""Default budget in steps."""
_TESTED = 100
"""Number of test episodes."""
_OBSERVED, _REMEMBERED = 2000, 10_000
"""Number of observations on which exported files are compared, evenly spaced in so many."""
_OBSERVED_EPISODES = 10
"""Number of episodes that they come from."""


class ControlTrainer(Trainer):
    """Base class of trainers in environments."""

    unit: Literal["epochs", "steps"] = "steps"
    unused_fields: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("balance", "loss", "thresholds", "calibrate", "coverage"), "has no labels"
    )
    name: ClassVar[str]

    @abstractmethod
    def learner(self, state: ControlState, phase: Phase, position: int, plan: Plan) -> Learner:
        """Return the learner at the start of a phase."""

    def cut(self, state: ControlState, phase: Phase) -> int | None:
        """Return the position of the highest stage in the encoder of a phase; None for samples."""
        return state.cut(phase.train.paths(state.network.parts))

    def encoder(self, state: ControlState, phase: Phase) -> Encoder:
        """Return the encoder of a phase."""
        return state.encoder(self.cut(state, phase))

    def check_data(self, data: RunData, head: Head) -> None:
        """Raise UsageError for data other than environments."""
        if data.labelled is not None:
            raise UsageError(
                f"the head {head.name!r} needs an environment, but {data.source} has samples", "try --head linear"
            )
        if not isinstance(data, ControlEnvironment):
            raise UsageError(f"{data.source} is not an environment", "use an environment such as gym:CartPole-v1")

    def default_batch_size(self, data: RunData) -> int:  # noqa: ARG002 - the same for all environments
        """Return the environment steps of one optimizer step, the usual value in publications."""
        return _TRANSITIONS

    def prepare(self, setup: Setup) -> ControlState:
        """Add the head to the trunk, and record the weights before the first phase.

        Raises:
            UsageError: For a head of another trainer.
        """
        environment: Any = setup.data
        if setup.head.trainer != self.name:
            raise UsageError(
                f"the head {setup.head.name!r} does not act in {environment.source}", "use --head policy or q-values"
            )
        own = getattr(setup.head, "value_trunk", "shared") == "own"
        backbone = with_value_trunk(setup.backbone, setup.seed) if own else setup.backbone
        network = network_on_frames(backbone, setup.head, environment.task, setup.seed, environment.frames)
        if own:
            network.parts = own_parts(network)
        state = ControlState(
            setup=setup,
            environment=environment,
            head=setup.head,
            network=network,
            moving=Moving(setup.backbone.preprocessing.normalize),
            scale=ValueScale(),
            budget=setup.budget or _BUDGET,
        )
        random = generator(setup.seed, "beginning", "acting")
        state.initial_policy = measure_policies(state, lambda seen: self.act(state, seen, random))
        state.refresh()
        state.checkpoints = Checkpoints(setup.checkpoints, state.variables)
        if state.initial_policy is not None and not state.checkpoints.started:
            state.budget = max(state.budget - state.initial_policy.steps, min(state.budget, self.least(state)))
        return state

    def job(self, state: ControlState) -> Job:
        """Return the facts for the strategy; examples are the episodes for validation and tests."""
        examples = {"train": state.budget, "validation": state.head.episodes, "test": _TESTED}
        return Job(
            backbone=state.setup.backbone,
            parts=state.network.parts,
            unit=self.unit,
            budget=state.budget,
            seed=state.setup.seed,
            examples=examples,
            labels_per_class=state.budget,
            least=self.least(state),
        )

    def least(self, state: ControlState) -> int:
        """Return the smallest budget of a phase in steps: one rollout."""
        return state.rollout_steps

    def plan(self, state: ControlState, phase: Phase) -> Plan:
        """Return the plan of a phase in steps: whole rollouts. Raises UsageError if there are none."""
        refuse_fields(
            phase,
            ("label_smoothing", "l2_sp", "ema", "accumulate", "patience", "objective"),
            "nothing here is learned from labels",
        )
        refuse_fields(phase, ("image_size", "batch_size", "augment"), "observations of an environment are not changed")
        size = state.rollout_steps
        asked = _steps(phase, state)
        if asked < size:
            raise UsageError(
                f"phase {phase.name!r}: a budget of {asked:,} steps is below one rollout of {size:,} "
                f"({state.head.environments} environments x {state.head.rollout} steps)",
                "raise --steps, or lower -H rollout=… or -H environments=…",
            )
        trained = phase.train.paths(state.network.parts)
        position, stages = self.cut(state, phase), state.setup.backbone.stages
        mode, reason = planned_mode(position, len(stages))
        return Plan(
            mode=mode,
            cut=None if position is None else stages[position].name,
            units=asked // size * size,
            batch_size=state.setup.batch_size,
            cache_bytes=0,
            trained=sum(math.prod(state.network.variables[path].shape) for path in trained),
            reason=reason,
        )

    def probe(self, state: ControlState, probe: Probe) -> Answer:  # noqa: ARG002 - of the protocol
        """Raise UsageError, since there are no labelled samples."""
        raise UsageError(f"environments do not support the probe {probe.kind!r}", "set learning rates instead")

    def run(self, state: ControlState, phase: Phase, position: int, plan: Plan, record: Record) -> PhaseResult:
        """Run the phase at this position of the run, after the last segment of an interrupted one."""
        name, partial = f"phase-{position:02d}", f"phase-{position:02d}.partial"
        intents = _intents(state, phase)
        state.checkpoints.load(phase.start or "initial")
        before = digests(state.variables)
        began = time.perf_counter()
        learner = self.learner(state, phase, position, plan)
        seconds, figures = run_segments(learner, record, partial)
        began -= seconds - (time.perf_counter() - began)
        audited = audit(phase.name, intents, before, digests(state.variables))
        state.checkpoints.save(name)
        state.checkpoints.discard(partial)
        returns = self._returns(state, "validation")
        return PhaseResult(
            phase=phase.name,
            score=returns.mean,
            noise=returns.standard_error,
            metrics=figures | {"val_return": returns.mean},
            checkpoint=name,
            stopped="budget",
            units=learner.done,
            seconds=time.perf_counter() - began,
            audited=asdict(audited),
            notes=_notes(state, phase, returns),
        )

    def initial_weights(self, state: ControlState) -> dict[str, Any] | None:
        """Return the choice between a pretrained and a new policy; None if there was none."""
        initial = state.initial_policy
        if initial is None or initial.note is None or state.checkpoints.started:
            return None
        return initial.to_json() | {"note": initial.note}

    def restore(self, state: ControlState, checkpoint: str) -> None:
        """Restore weights and moving statistics of a checkpoint."""
        state.checkpoints.load(checkpoint)
        state.refresh()

    def evaluate(self, state: ControlState, split: str) -> Evaluation:
        """Return the returns of episodes with the seeds of a split; the test split has 100."""
        return Evaluation(self._returns(state, split))

    def predict(self, state: ControlState, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """Return an episode for each whole number, its seed, and an action for each observation.

        An observation is nested lists or an array of the environment's shape, or such lists as JSON text.

        Raises:
            UsageError: For other inputs.
        """
        read = [read_input(each, texts=state.environment.dtype == "string") for each in inputs]
        answers = []
        with state.setup.progress.track("acting", len(read), "inputs") as advance:
            for each in read:
                answers.append(self._predict(state, each))
                advance(1)
        return answers

    def write_video(self, state: ControlState, given: Any, path: Path) -> dict[str, Any]:
        """Write the episode of a seed as an animated GIF or an MP4; return it as ``predict`` does.

        Raises:
            DataError: If the environment cannot be rendered.
            UsageError: If the format cannot be written.
        """
        check_video(path)
        seed = read_seed(given)
        random = generator(state.setup.seed, seed, "acting")
        state.refresh()
        episode, pictures, rate = film(state.environment, seed, lambda seen: self.act(state, seen, random))
        write_video(path, pictures, rate)
        return {"input": seed, "return": episode.total, "steps": episode.steps, "actions": list(episode.actions)}

    def report_images(self, state: ControlState, folder: Path) -> Sequence[ReportImage]:
        """Return an episode as an animated GIF, stored in the run's folder."""
        path = folder / "episode.gif"
        self.write_video(state, 0, path)
        return [ReportImage("An episode", "An episode, from its first step to its last", path.read_bytes())]

    def serving_model(self, state: ControlState) -> ServingModel:
        """Return the policy, or the action values, for exporters."""
        return serving_model(state)

    def prepared_samples(self, state: ControlState, split: str, limit: int | None = None) -> PreparedSplit:
        """Return observations of ten episodes with the seeds of a split, evenly spaced, without labels."""
        import tensorflow as tf

        random = generator(state.setup.seed, split, "acting")
        seen: list[np.ndarray] = []

        def act(observations: np.ndarray) -> np.ndarray:
            if sum(map(len, seen)) < _REMEMBERED:
                seen.append(np.array(observations))
            return self.act(state, observations, random)

        play(state.environment, state.seeds(_OBSERVED_EPISODES, split, "episodes"), act)
        preprocessing, batch = state.setup.backbone.preprocessing, state.setup.batch_size
        observations = np.concatenate(seen)
        count = min(limit or _OBSERVED, _OBSERVED, len(observations))
        spread = observations[np.linspace(0, len(observations) - 1, count).astype(int)]
        prepared = np.stack([np.asarray(preprocessing.prepare(tf.constant(each))) for each in spread])
        return PreparedSplit(lambda: (prepared[at : at + batch] for at in range(0, len(prepared), batch)))

    def act(self, state: ControlState, observations: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return the head's actions in evaluation; numbers are clipped to their bounds."""
        task = state.environment.task
        outputs = state.answer(observations)
        actions: np.ndarray
        if state.head.acts == "greedy":
            actions = greedy(outputs, task.actions, continuous=task.continuous)
        else:
            actions = sample(outputs, task.actions, random, continuous=task.continuous)[0]
        return np.clip(actions, *task.bounds) if task.continuous else actions

    def _returns(self, state: ControlState, split: str) -> Returns:
        count = _TESTED if split == "test" else state.head.episodes
        random = generator(state.setup.seed, split, "acting")
        state.refresh()  # stored results depend on what came before
        episodes = play(
            state.environment,
            state.seeds(count, split, "episodes"),
            lambda observations: self.act(state, observations, random),
        )
        return Returns(tuple(each.total for each in episodes), tuple(each.steps for each in episodes))

    def _predict(self, state: ControlState, each: Any) -> dict[str, Any]:
        state.refresh()
        if isinstance(each, int):
            random = generator(state.setup.seed, each, "acting")
            (episode,) = play(state.environment, [each], lambda seen: self.act(state, seen, random))
            return {"input": each, "return": episode.total, "steps": episode.steps, "actions": list(episode.actions)}
        observation = read_observation(each, state.environment)
        random = generator(state.setup.seed, "acting")
        return {
            "input": describe_observation(observation),
            "action": self.act(state, observation[np.newaxis], random)[0].tolist(),
        }


def _intents(state: ControlState, phase: Phase) -> dict[str, Intent]:
    """Return each variable's intent: statistics move if the lowest stage trains and the phase allows it.

    Those of BatchNorm layers never move, since acting and learning use inference mode.
    """
    intents = set_intents(state.network, phase) | dict.fromkeys(moving_statistics(state.network), "frozen")
    moves: Intent = "statistics" if moves_statistics(state, phase) else "frozen"
    scales: Intent = "statistics" if phase.train.paths(state.network.parts) & state.network.parts.head else "frozen"
    return intents | dict.fromkeys(state.moving.variables, moves) | dict.fromkeys(state.scale.variables, scales)


def _notes(state: ControlState, phase: Phase, returns: Returns) -> tuple[str, ...]:
    """Return the notes after a phase: the result of the race, and whether transfer did not help."""
    initial = state.initial_policy
    if initial is None or state.checkpoints.started:
        return ()
    raced = initial.race_note(phase.name) if (phase.start or "initial") == "initial" else None
    return tuple(filter(None, (raced, initial.verdict(Return(returns.mean, returns.standard_error)))))


def _steps(phase: Phase, state: ControlState) -> int:
    match phase.budget:
        case Share(amount=share, of=of):
            return round(share * (of or state.budget))
        case Epochs():
            raise UsageError(f"phase {phase.name!r} has a budget in epochs, but environments need steps", "use steps")
    return int(phase.budget.amount)
