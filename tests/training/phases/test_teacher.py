"""Objectives that see features at stages, and a frozen teacher."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import tensorflow as tf

from tests.training.conftest import SIDE, small_backbone
from tlzoo.backbones import precision
from tlzoo.errors import UsageError
from tlzoo.heads import Attention, Linear
from tlzoo.modalities.augmentation import augmentation_of, augmenter
from tlzoo.objectives import Objective, Step
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, PhaseResult, Selection, everything, head, stages_from
from tlzoo.training import Plan, Setup, SupervisedTrainer
from tlzoo.training.state import SupervisedState


class Distilled(Objective):
    """The task's loss and the squared distance of the outputs to the teacher's."""

    teacher: ClassVar[bool] = True
    weight: float = 1.0

    def value(self, step: Step) -> tf.Tensor:
        assert step.teacher is not None
        return step.loss + self.weight * tf.reduce_mean(tf.square(step.source.outputs - step.teacher.outputs))


class Near(Objective):
    """The task's loss and the squared distance of a stage's features to the teacher's."""

    teacher: ClassVar[bool] = True
    stage: str = "three"

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:
        return (self.stage,)

    def value(self, step: Step) -> tf.Tensor:
        assert step.teacher is not None
        moved = step.source.stages[self.stage] - step.teacher.stages[self.stage]
        return step.loss + tf.reduce_mean(tf.square(moved))


class Quiet(Objective):
    """The task's loss and the mean square of two stages' features."""

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:
        return stages[1:]

    def value(self, step: Step) -> tf.Tensor:
        return step.loss + tf.add_n([tf.reduce_mean(tf.square(each)) for each in step.source.stages.values()])


def run(
    setup: Setup, objective: Objective | None, train: Selection, rates: float = 1e-2
) -> tuple[SupervisedState, PhaseResult, Plan, list[float]]:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    phase = Phase(name="phase", train=train, budget=Epochs(3), rates=rates, objective=objective)
    plan = trainer.plan(state, phase)
    setup.checkpoints.parent.mkdir(exist_ok=True)
    record = MetricsFile(setup.checkpoints.parent / "metrics.jsonl")
    result = trainer.run(state, phase, 1, plan, record)
    return state, result, plan, [line["loss"] for line in record.lines]


class Interrupted(BaseException):
    pass


class Interrupting:
    """A record that stops the run after its second epoch."""

    epochs = 0

    def append(self, **_figures: object) -> None:
        self.epochs += 1
        if self.epochs == 2:
            raise Interrupted


def weights(state: SupervisedState) -> dict[str, np.ndarray]:
    return {path: variable.numpy() for path, variable in state.network.variables.items()}


@pytest.mark.parametrize(
    ("made", "train", "mode"),
    [
        (Linear(), head(), "cached features"),
        (Attention(heads=2, units=4), head(), "cached features"),
        (Attention(heads=2, units=4), head() | stages_from("three"), "cached prefix"),
    ],
    ids=["linear", "attention", "attention and a stage"],
)
@pytest.mark.slow
def test_stages_are_cached_and_train_as_live(
    make_setup: Callable[..., Setup],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: Linear,
    train: Selection,
    mode: str,
) -> None:
    cached, _, plan, losses = run(make_setup(head=made, checkpoints=tmp_path / "a" / "c"), Quiet(), train)
    assert (plan.mode, plan.observed) == (mode, ("two", "three"))
    stage = 8 * 8 * 8
    entering = {"linear": 8, "attention": stage}[made.name]
    assert plan.cache_bytes == 90 * 4 * (entering + 2 * stage if mode == "cached features" else stage)
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1000")
    live, _, plan, others = run(make_setup(head=made, checkpoints=tmp_path / "b" / "c"), Quiet(), train)
    assert plan.mode == "live"
    np.testing.assert_allclose(losses, others, rtol=1e-5)
    for path, value in weights(cached).items():
        np.testing.assert_allclose(value, weights(live)[path], rtol=1e-4, atol=1e-5, err_msg=path)


def test_the_teacher_is_the_network_as_the_phase_began(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    """A great weight holds the outputs where they were; without weight they move."""
    moved = []
    for name, weight in (("free", 0.0), ("held", 3.0)):
        made = Linear(standardize=False)
        setup = make_setup(checkpoints=tmp_path / name / "c", optimizer="sgd", head=made)
        state, result, plan, _ = run(setup, Distilled(weight=weight), head(), rates=0.1)
        assert plan.teacher
        assert result.audited["trained"]
        data = setup.data
        before = SupervisedTrainer().prepare(make_setup(checkpoints=tmp_path / name / "d", head=made))
        answers = [each.boundary(None, kept=False).logits(data.train, 16) for each in (before, state)]
        moved.append(float(np.abs(answers[0] - answers[1]).mean()))
    assert moved[1] < moved[0] / 2, moved


def test_the_teacher_draws_nothing_and_equals_the_student_at_first(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    """The features of a frozen stage are the same for both, to the last bit: the loss is that of the task."""
    found = [
        run(make_setup(checkpoints=tmp_path / str(number) / "c"), each, head())[3]
        for number, each in enumerate((Near(), None))
    ]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_cached_views_hold_the_features_of_stages(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    options = augmentation_of("light", {"views": 2}, "vision")
    assert options is not None
    for name, mode in (("a", "cached views"), ("b", "live")):
        if mode == "live":
            monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1000")
        setup = make_setup(checkpoints=tmp_path / name / "c", augment=augmenter(options, (SIDE, SIDE, 1)))
        _, _, plan, losses = run(setup, Quiet(), head())
        assert (plan.mode, plan.observed) == (mode, ("two", "three"))
        found.append(losses)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4)


def test_a_teacher_equals_the_student_in_mixed_precision_too(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    found = []
    for number, objective in enumerate((Near(), None)):
        with precision("mixed_bfloat16"):
            setup = make_setup(checkpoints=tmp_path / str(number) / "c", backbone=small_backbone())
            assert setup.backbone.model.dtype_policy.name == "mixed_bfloat16"
            found.append(run(setup, objective, head())[3])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_a_phase_with_a_teacher_takes_more_time_and_memory(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    with_teacher, without = (
        trainer.plan(state, Phase(name="phase", train=everything(), budget=Epochs(40), rates=1e-3, objective=each))
        for each in (Distilled(), None)
    )
    assert with_teacher.peak_bytes is not None
    assert without.peak_bytes is not None
    assert with_teacher.peak_bytes > without.peak_bytes
    assert trainer.estimate(state, with_teacher) > trainer.estimate(state, without)


@pytest.mark.parametrize(
    ("stage", "said"), [("thre", "no stage 'thre'; did you mean 'three'"), ("four", "no stage 'four'")]
)
def test_a_stage_that_is_not_there_is_refused(make_setup: Callable[..., Setup], stage: str, said: str) -> None:
    trainer = SupervisedTrainer()
    phase = Phase(name="phase", train=head(), rates=1e-2, objective=Near(stage=stage))
    with pytest.raises(UsageError, match=said):
        trainer.plan(trainer.prepare(make_setup()), phase)


def test_a_resumed_phase_has_the_teacher_that_it_began_with(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlzoo.training.phases.run._SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    objective, train = Distilled(weight=2.0), head() | stages_from("three")
    whole, *_ = run(make_setup(checkpoints=tmp_path / "a" / "c"), objective, train)
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(checkpoints=tmp_path / "b" / "c"))
    phase = Phase(name="phase", train=train, budget=Epochs(3), rates=1e-2, objective=objective)
    with pytest.raises(Interrupted):
        trainer.run(state, phase, 1, trainer.plan(state, phase), Interrupting())
    resumed, *_ = run(make_setup(checkpoints=tmp_path / "b" / "c"), objective, train)
    for path, value in weights(whole).items():
        np.testing.assert_array_equal(value, weights(resumed)[path], err_msg=path)
