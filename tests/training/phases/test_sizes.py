"""Phases at another image size, with another batch size, with another augmentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.backbones import (
    Backbone,
    LoadRequest,
    Vector,
    image_preprocessing,
    load_backbone,
    stages_by_layers,
    with_adapters,
)
from tlzoo.errors import UsageError
from tlzoo.files.folders import cache_folder
from tlzoo.heads import Linear
from tlzoo.modalities.augmentation import augmentation_of, augmenter
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, PhaseResult, Steps, everything, head, matching, top
from tlzoo.training import Resizing, Setup, SupervisedTrainer
from tlzoo.training.state import SupervisedState

SIDE, SMALL = 8, 4
MakeBackbone, MakeSetup = Callable[..., Backbone], Callable[..., Setup]


class Interrupted(BaseException):
    """Ends a phase from within, as a signal would."""


class Breaking(MetricsFile):
    """A record that breaks off after so many epochs."""

    def __init__(self, path: Path, after: int) -> None:
        super().__init__(path)
        self.after = after

    def append(self, **figures: object) -> None:
        super().append(**figures)
        if len(self.lines) == self.after:
            raise Interrupted


@pytest.fixture
def setup(make_setup: MakeSetup, make_backbone: MakeBackbone) -> Setup:
    return make_setup(resizing=Resizing(SMALL, lambda size: make_backbone(seed=9, side=size)))


def run(setup: Setup, *phases: Phase, after: int | None = None) -> tuple[SupervisedState, list[PhaseResult]]:
    """Run phases one after the other, each from the one before; put the last one's weights in place."""
    trainer, results = SupervisedTrainer(), []
    state = trainer.prepare(setup)
    setup.checkpoints.mkdir(parents=True, exist_ok=True)
    file = setup.checkpoints / "metrics.jsonl"
    record = MetricsFile(file) if after is None else Breaking(file, after)
    start = "initial"
    for position, phase in enumerate(phases, start=1):
        chained = phase.model_copy(update={"start": start})
        results.append(trainer.run(state, chained, position, trainer.plan(state, chained), record))
        start = results[-1].checkpoint
    trainer.restore(state, start)
    return state, results


def weights(state: SupervisedState) -> dict[str, np.ndarray]:
    return {path: variable.numpy() for path, variable in state.network.variables.items()}


@pytest.mark.slow
def test_weights_trained_at_a_smaller_size_are_carried_over(setup: Setup) -> None:
    small = Phase(name="small", train=everything(), budget=Epochs(2), rates=1e-2, image_size=SMALL)
    state, (result,) = run(setup, small)
    assert result.audited["trained"] > 2
    initial = state.checkpoints.initial
    moved = {path for path, value in weights(state).items() if not np.array_equal(value, initial[path])}
    assert {"conv1/kernel", "norm3/gamma", "head/logits/kernel"} <= moved
    assert state.network.backbone.preprocessing.shape == (SIDE, SIDE, 1)
    there = {path: variable.numpy() for path, variable in state.variant[1].network.variables.items()}  # type: ignore[index]
    for path, value in weights(state).items():
        np.testing.assert_array_equal(value, there[path], err_msg=path)


def test_the_smaller_network_starts_with_the_weights_of_the_run_and_not_its_loaders(setup: Setup) -> None:
    frozen = Phase(name="head", train=head(), budget=Epochs(1), rates=1e-2, image_size=SMALL)
    state, _ = run(setup, frozen)
    other = state.variant[1].network.variables  # type: ignore[index]
    np.testing.assert_array_equal(other["conv1/kernel"].numpy(), state.network.variables["conv1/kernel"].numpy())


def test_the_score_at_a_smaller_size_is_measured_at_that_size(setup: Setup) -> None:
    small = Phase(name="small", train=everything(), budget=Epochs(2), rates=1e-2, image_size=SMALL)
    state, (result,) = run(setup, small)
    own = state.variant[1]  # type: ignore[index]
    assert own.setup.backbone.preprocessing.shape == (SMALL, SMALL, 1)
    logits = own.boundary(None, kept=False).logits(setup.data.validation, 16)
    assert result.score == own.criterion.score(setup.data.labels[setup.data.validation], logits)[0]


def test_features_are_cached_for_each_size_and_never_computed_twice(
    make_setup: MakeSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def glyphnet(size: int) -> Backbone:
        return load_backbone("glyphnet", LoadRequest(image_size=(size, size)))

    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    setup = make_setup(backbone=glyphnet(20), resizing=Resizing(16, glyphnet))
    sizes = (16, 18, 20)
    phases = [Phase(name=str(size), train=head(), budget=Epochs(1), rates=1e-2, image_size=size) for size in sizes]
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    assert [trainer.plan(state, phase).mode for phase in phases] == ["cached features"] * 3
    run(setup, *phases)
    kept = {path: path.stat().st_ino for path in (cache_folder() / "features").glob("*/0.npy")}
    assert len(kept) == 3
    run(replace(setup, checkpoints=setup.checkpoints / "again"), *phases)
    assert {path: path.stat().st_ino for path in (cache_folder() / "features").glob("*/0.npy")} == kept


@pytest.mark.slow
def test_a_resumed_phase_at_a_smaller_size_has_the_same_result(setup: Setup, make_backbone: MakeBackbone) -> None:
    phases = (
        Phase(name="small", train=everything(), budget=Epochs(4), rates=1e-2, statistics="trained", image_size=SMALL),
        Phase(name="refit", train=head() | matching("norm3/*"), budget=Epochs(2), rates=1e-2, statistics="trained"),
    )

    def fresh(name: str) -> Setup:
        return replace(setup, checkpoints=setup.checkpoints / name, backbone=make_backbone())

    whole, whole_results = run(fresh("whole"), *phases)
    with pytest.raises(Interrupted):
        run(fresh("broken"), *phases, after=2)
    resumed, results = run(fresh("broken"), *phases)
    assert [result.metrics for result in results] == [result.metrics for result in whole_results]
    for path, value in weights(whole).items():
        np.testing.assert_array_equal(value, weights(resumed)[path], err_msg=path)


def test_a_plan_has_the_phases_own_sizes(setup: Setup) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    plan = trainer.plan(state, Phase(name="small", train=head(), image_size=SMALL, batch_size=24))
    assert (plan.image_size, plan.batch_size) == (SMALL, 24)
    assert trainer.estimate(state, plan) > 0


def test_the_size_of_use_asked_for_by_name_is_the_runs_own_network(setup: Setup) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    trainer.plan(state, Phase(name="same", train=head(), image_size=SIDE))
    assert state.variant is None


def test_an_epoch_of_larger_batches_has_fewer_steps(setup: Setup) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    few = Phase(name="few", train=head(), budget=Steps(8), batch_size=32)
    assert trainer.plan(state, few).units == 3  # 72 samples: three steps an epoch
    assert trainer.plan(state, few.model_copy(update={"batch_size": None})).units == 2


def test_a_phase_can_switch_augmentation_off_and_on(setup: Setup) -> None:
    light = augmentation_of("light", {"flip": False}, "vision")
    assert light is not None
    trainer = SupervisedTrainer()
    state = trainer.prepare(replace(setup, augment=augmenter(light, (SIDE, SIDE, 1))))
    modes = [
        trainer.plan(state, Phase(name="head", train=head(), augment=augment)).mode
        for augment in (None, "none", {"name": "light", "views": 2})
    ]
    assert modes == ["live", "cached features", "cached views"]


def test_augmentation_follows_the_size(setup: Setup) -> None:
    light = augmentation_of("light", {"flip": False}, "vision")
    assert light is not None
    augmented = replace(setup, augment=augmenter(light, (SIDE, SIDE, 1)))
    _, (result,) = run(augmented, Phase(name="s", train=everything(), budget=Epochs(1), rates=1e-3, image_size=SMALL))
    assert np.isfinite(result.score)


def test_adapters_are_carried_over(make_setup: MakeSetup, make_backbone: MakeBackbone) -> None:
    def adapted(side: int) -> Backbone:
        return with_adapters(make_backbone(side=side), 2, 0)

    setup = make_setup(backbone=adapted(SIDE), resizing=Resizing(SMALL, adapted))
    tuned = Phase(name="a", train=matching("*/lora_*") | head(), budget=Epochs(1), rates=1e-2, image_size=SMALL)
    state, _ = run(setup, tuned)
    assert np.abs(state.network.variables["conv2/lora_kernel_b"].numpy()).max() > 0


def test_a_backbone_of_one_size_refuses(make_setup: MakeSetup) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup())
    with pytest.raises(UsageError, match=r"a phase needs images of 4 pixels, but small has only one size"):
        trainer.plan(state, Phase(name="small", train=head(), image_size=SMALL))
    assert trainer.job(state).smallest_image_size is None


def test_too_small_a_size_is_refused(setup: Setup) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    with pytest.raises(UsageError, match="images of 2 pixels, but small takes 4 or more"):
        trainer.plan(state, Phase(name="small", train=head(), image_size=2))


def test_weights_of_another_shape_are_refused(make_setup: MakeSetup) -> None:
    def flat(side: int) -> Backbone:
        inputs = keras.Input((side, side, 1))
        outputs = keras.layers.Dense(3, name="dense")(keras.layers.Flatten(name="flat")(inputs))
        model = keras.Model(inputs, outputs, name="flat")
        stages = stages_by_layers(model, [("dense", "dense")])
        return Backbone(model, image_preprocessing((side, side), 1), stages, Vector(3), "flat")

    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(backbone=flat(SIDE), resizing=Resizing(SMALL, flat)))
    with pytest.raises(UsageError, match=r"flat has other weights at 4 pixels: dense/kernel is \(16, 3\) instead of"):
        trainer.plan(state, Phase(name="small", train=top(1), image_size=SMALL))


def test_features_that_grow_with_the_size_are_refused(setup: Setup) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(replace(setup, head=Linear(pooling="flatten")))
    with pytest.raises(UsageError, match="the head takes 512 features, but at 4 pixels there are 128"):
        trainer.plan(state, Phase(name="small", train=head(), image_size=SMALL))
