"""Objectives that see the samples, draw at random, or compare with the network as it was loaded."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.objectives import Objective, Step
from tlzoo.strategies import Epochs, Phase, PhaseResult, Selection, everything, head
from tlzoo.training import Plan, Setup, SupervisedTrainer
from tlzoo.training.state import SupervisedState


class Again(Objective):
    """The task's loss of the same samples, taken through the network once more."""

    sees_inputs: ClassVar[bool] = True

    def value(self, step: Step) -> tf.Tensor:
        assert step.network is not None
        assert step.losses is not None
        assert step.source.inputs is not None
        outputs = step.network(step.source.inputs).outputs
        return tf.reduce_mean(step.weights * step.losses(step.targets, outputs))


class Mixup(Objective):
    """Zhang et al. 2018, arXiv 1710.09412, with a share that is drawn evenly."""

    sees_inputs: ClassVar[bool] = True

    def value(self, step: Step) -> tf.Tensor:
        assert step.network is not None
        assert step.losses is not None
        share = tf.random.stateless_uniform((), step.seed)
        both = (step.targets, step.source.inputs)
        targets, inputs = (share * each + (1 - share) * each[::-1] for each in both)
        return tf.reduce_mean(step.weights * step.losses(targets, step.network(inputs).outputs))


class Consistent(Objective):
    """Outputs for mirrored samples, of both domains, equal a teacher's for the samples as they are."""

    uses_target: ClassVar[bool] = True
    teacher: ClassVar[bool] = True
    sees_inputs: ClassVar[bool] = True

    def value(self, step: Step) -> tf.Tensor:
        assert step.network is not None
        assert step.teacher_network is not None
        assert step.target is not None
        assert step.teacher_target is not None
        turned = tf.image.flip_left_right(step.target.inputs)
        moved = step.network(turned).outputs - step.teacher_target.outputs
        same = step.teacher_network(step.target.inputs).outputs - step.teacher_target.outputs
        return step.loss + tf.reduce_mean(tf.square(moved)) + 1e6 * tf.reduce_max(tf.abs(same))


class Away(Objective):
    """The task's loss and a thousand times the squared distance of the last stage's features to a teacher's."""

    teacher: ClassVar[bool] = True

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:
        return stages[-1:]

    def value(self, step: Step) -> tf.Tensor:
        assert step.teacher is not None
        moved = step.source.stages["three"] - step.teacher.stages["three"]
        return step.loss + 1e3 * tf.reduce_mean(tf.square(moved))


class AwayFromLoaded(Away):
    teacher_weights: ClassVar[Literal["phase start", "loaded"]] = "loaded"


class Losses:
    """A record of the loss of each epoch."""

    def __init__(self) -> None:
        self.all: list[float] = []

    def append(self, *, loss: float, **_figures: object) -> None:
        self.all.append(loss)


class Interrupted(BaseException):
    pass


class Interrupting:
    """A record that stops the run after its first epoch was saved."""

    epochs = 0

    def append(self, **_figures: object) -> None:
        self.epochs += 1
        if self.epochs == 2:
            raise Interrupted


def losses_of(setup: Setup, *phases: Phase) -> tuple[SupervisedState, list[Plan], list[PhaseResult], list[float]]:
    """Run phases one after the other; return the loss of each epoch with what was planned and came out."""
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    record, plans, results = Losses(), [], []
    for position, phase in enumerate(phases, start=1):
        plans.append(trainer.plan(state, phase))
        results.append(trainer.run(state, phase, position, plans[-1], record))
    return state, plans, results, record.all


def without_dropout(setup: Setup) -> None:
    for layer in setup.backbone.model.layers:
        if hasattr(layer, "rate"):
            layer.rate = 0.0


def one(objective: Objective | None, train: Selection, start: str | None = None, rates: float = 1e-2) -> Phase:
    return Phase(name="phase", train=train, budget=Epochs(2), rates=rates, objective=objective, start=start)


@pytest.mark.parametrize("train", [head(), everything()], ids=["head", "all"])
def test_the_inputs_are_those_of_the_step(make_setup: Callable[..., Setup], tmp_path: Path, train: Selection) -> None:
    """Taken through the network again they give the loss of a phase without an objective.

    That one is cached where the backbone is frozen: dropout below the cut is off in both.
    """
    found = []
    for name, objective in (("a", Again()), ("b", None)):
        setup = make_setup(checkpoints=tmp_path / name / "c")
        if train == everything():
            without_dropout(setup)
        _, (plan,), _, losses = losses_of(setup, one(objective, train))
        found.append(losses)
        if objective is not None:
            assert (plan.mode, plan.inputs, plan.cache_bytes) == ("live", True, 0)
        if objective is not None and train == head():
            assert plan.reason == "features are not cached: the phase's objective uses the inputs"
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


def test_a_resumed_phase_draws_the_same_random_numbers(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlzoo.training.phases.run._SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    phase = one(Mixup(), head())
    whole, _, _, losses = losses_of(make_setup(checkpoints=tmp_path / "a" / "c"), phase)
    assert losses[0] != losses[1]
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(checkpoints=tmp_path / "b" / "c"))
    with pytest.raises(Interrupted):
        trainer.run(state, phase, 1, trainer.plan(state, phase), Interrupting())
    resumed, *_ = losses_of(make_setup(checkpoints=tmp_path / "b" / "c"), phase)
    for path, variable in whole.network.variables.items():
        np.testing.assert_array_equal(variable.numpy(), resumed.network.variables[path].numpy(), err_msg=path)


def test_a_consistency_objective_sees_the_target_and_its_teacher(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    setup = make_setup(checkpoints=tmp_path / "c")
    setup = replace(setup, target=setup.data)
    _, (plan,), (result,), losses = losses_of(setup, one(Consistent(), everything()))
    assert (plan.mode, plan.teacher, plan.inputs, plan.beside) == ("live", True, True, len(setup.data.train))
    assert result.audited["trained"]
    assert losses[0] < 1e3, "the teacher gave other outputs for the same inputs"


@pytest.mark.slow
def test_the_teacher_is_the_network_at_the_phase_start_or_as_loaded(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    """After a phase that moved the features, the one is where they are now and the other where they were."""
    first = one(None, everything())
    for name, objective in (("a", Away()), ("b", AwayFromLoaded())):
        setup = make_setup(checkpoints=tmp_path / name / "c")
        second = one(objective, head(), start="phase-01", rates=1e-6)
        _, plans, _, losses = losses_of(setup, first, second)
        loaded = objective.teacher_weights == "loaded"
        assert plans[1].inputs == loaded
        assert (losses[-1] > 10) == loaded, losses


def test_a_loaded_teacher_stays_as_it_was_for_later_phases(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    """The third phase shares the first one's compiled step; its teacher is still the network of the beginning."""
    objective = AwayFromLoaded()
    first, second = one(objective, everything(), rates=1e-6), one(None, everything(), start="phase-01")
    setup = make_setup(checkpoints=tmp_path / "c")
    without_dropout(setup)  # so that the teacher equals the student at first
    *_, losses = losses_of(setup, first, second, one(objective, everything(), start="phase-02", rates=1e-6))
    assert losses[0] < 5
    assert losses[-1] > 10


def test_phases_that_see_inputs_are_expected_to_take_more(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    sees, plain = (trainer.plan(state, one(each, everything())) for each in (Again(), None))
    assert sees.peak_bytes is not None
    assert plain.peak_bytes is not None
    assert sees.peak_bytes > plain.peak_bytes
    assert trainer.estimate(state, sees) > trainer.estimate(state, plain)
