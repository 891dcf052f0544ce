"""Phases with an objective, run by the engine: source and target batches, audit, resume, AdaBN."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import BaseModel

from tlzoo.backbones import Backbone
from tlzoo.data import ArrayPictures, Dataset, Samples, without_labels
from tlzoo.errors import TrainingError, UsageError
from tlzoo.heads import MLP, Head, Linear, MapShape, Takes
from tlzoo.modalities.augmentation import augmentation_of, augmenter
from tlzoo.objectives import AdaBN, Coral, Dann, Mcc, Mmd, Objective, Step
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, PhaseResult, Selection, everything, head, matching, stages, top
from tlzoo.tasks import Classification
from tlzoo.training import Setup, SupervisedTrainer, View
from tlzoo.training.phases.adabn import _pool
from tlzoo.training.state import SupervisedState

AVERAGES = matching("*/moving_mean", "*/moving_variance")


def dark_squares(count: int = 40, seed: int = 5) -> Samples:
    draw = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % 3
    pixels = np.clip(20 + 40 * labels[:, None, None, None] + draw.normal(0, 10, (count, 8, 8, 1)), 0, 255)
    pictures = ArrayPictures("dark", pixels.astype(np.uint8))
    return Samples("dark", Classification(("a", "b", "c")), pictures, labels, pictures.digests())


def target(count: int = 40) -> Dataset:
    return without_labels(dark_squares(count), np.arange(count, dtype=np.int64))


def run(setup: Setup, *phases: Phase, folder: Path) -> tuple[SupervisedState, list[PhaseResult]]:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    results: list[PhaseResult] = []
    for position, phase in enumerate(phases, start=1):
        record = MetricsFile(folder / "metrics.jsonl")
        results.append(trainer.run(state, phase, position, trainer.plan(state, phase), record))
    return state, results


def weights(state: SupervisedState) -> dict[str, np.ndarray]:
    return {path: variable.numpy() for path, variable in state.network.variables.items()}


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for path, value in one.items():
        np.testing.assert_array_equal(value, other[path], err_msg=path)


def adapting(objective: Any, train: Selection | None = None, epochs: int = 2) -> Phase:
    return Phase(name="adapt", train=train or everything(), budget=Epochs(epochs), rates=1e-2, objective=objective)


class Stretched(Objective):
    """Twice the task's loss."""

    def value(self, step: Step) -> tf.Tensor:
        return 2 * step.loss


@pytest.mark.parametrize("objective", [Coral(), Mmd(), Mcc(), Dann(units=(16,))])
def test_every_objective_trains_and_the_audit_agrees(
    make_setup: Callable[..., Setup], tmp_path: Path, objective: Objective
) -> None:
    state, (result,) = run(make_setup(target=target()), adapting(objective), folder=tmp_path)
    assert result.audited["trained"] == len(weights(state)) - 6 - 2  # all but the moving averages
    assert np.isfinite(result.metrics["loss"])


@pytest.mark.parametrize("objective", [Coral(at="outputs"), Mcc()])
def test_an_objective_runs_on_cached_features(
    make_setup: Callable[..., Setup], tmp_path: Path, objective: Objective
) -> None:
    setup = make_setup(target=target())
    phase = adapting(objective, head())
    plan = SupervisedTrainer().plan(SupervisedTrainer().prepare(setup), phase)
    assert plan.mode == "cached features"
    assert plan.beside == len(setup.data.train)
    assert plan.cache_bytes == (len(setup.data.examples) + 40) * 8 * 4
    state, _ = run(setup, phase, folder=tmp_path)
    plain, _ = run(setup, Phase(name="adapt", train=head(), budget=Epochs(2), rates=1e-2), folder=tmp_path)
    kernel = "head/logits/kernel"
    assert not np.array_equal(weights(state)[kernel], weights(plain)[kernel])


def test_cached_equals_live(make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phase = adapting(Mmd(), head() | top(1))
    found = []
    for budget in ("1e9", "0"):
        monkeypatch.setenv("TLZOO_CACHE_BUDGET", budget)
        setup = make_setup(target=target(), checkpoints=tmp_path / budget)
        plan = SupervisedTrainer().plan(SupervisedTrainer().prepare(setup), phase)
        assert (plan.mode, plan.cut) == ("cached prefix" if budget == "1e9" else "live", "two")
        found.append(weights(run(setup, phase, folder=tmp_path)[0]))
    for path, value in found[0].items():
        np.testing.assert_allclose(value, found[1][path], atol=1e-5, err_msg=path)


def test_an_objective_equal_to_the_loss_gives_the_result_of_the_loss(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    class Plain(Objective):
        def value(self, step: Step) -> tf.Tensor:
            return step.loss

    found = [
        run(make_setup(checkpoints=tmp_path / str(number)), adapting(each, head()), folder=tmp_path)
        for number, each in enumerate((None, Plain(), Stretched()))
    ]
    same = [weights(state) for state, _ in found]
    assert_same(same[0], same[1])
    assert found[0][1][0].metrics == found[1][1][0].metrics
    assert found[2][1][0].metrics["loss"] > 1.5 * found[0][1][0].metrics["loss"]


@pytest.mark.slow
def test_samples_of_the_target_change_the_training_and_their_labels_do_not(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    samples = dark_squares()
    everyone = np.arange(40, dtype=np.int64)
    found = []
    for labels in (samples.labels, (samples.labels + 1) % 3):
        own = without_labels(replace(samples, labels=labels), everyone)
        assert not own.labels.any()
        assert own.fingerprint == target().fingerprint
        setup = make_setup(target=own, checkpoints=tmp_path / str(labels[0]))
        found.append(weights(run(setup, adapting(Mcc()), folder=tmp_path)[0]))
    assert_same(*found)
    fewer = make_setup(target=target(30), checkpoints=tmp_path / "fewer")
    others = weights(run(fewer, adapting(Mcc()), folder=tmp_path)[0])
    assert not np.array_equal(found[0]["conv1/kernel"], others["conv1/kernel"])


def test_every_sample_of_the_target_comes_before_any_comes_again(make_setup: Callable[..., Setup]) -> None:
    state = SupervisedTrainer().prepare(make_setup(target=target(10)))
    order = state.target_order(25, "target", 1, 0)
    assert sorted(order[:10]) == sorted(order[10:20]) == list(range(10))
    assert list(order[:10]) != list(order[10:20])
    assert list(order) == list(state.target_order(25, "target", 1, 0))
    assert list(order) != list(state.target_order(25, "target", 1, 1))


def test_the_target_is_augmented_in_training_and_never_in_a_test(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    samples, everyone = dark_squares(), np.arange(40, dtype=np.int64)
    judged = Dataset(samples, everyone[:0], everyone[:0], everyone)
    options = augmentation_of("none", {"brightness": 0.9, "rotate": 180}, "vision")
    assert options is not None
    found, batches = [], []
    for augment in (None, augmenter(options, (8, 8, 1))):
        setup = make_setup(target=target(), target_test=judged, augment=augment, checkpoints=tmp_path / str(len(found)))
        trainer = SupervisedTrainer()
        state = trainer.prepare(setup)
        found.append(trainer.evaluate(state, "target").answers)
        feed = state.boundary(None, kept=False, domain="target").training(View(1))
        batches.append(np.asarray(next(iter(feed.batches(everyone, 40)))[0]))
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    assert not np.allclose(batches[0], batches[1])


class Interrupted(BaseException):
    pass


class Interrupting:
    """A record that stops the run after so many epochs."""

    def __init__(self, after: int) -> None:
        self.left = after

    def append(self, **_figures: Any) -> None:
        self.left -= 1
        if not self.left:
            raise Interrupted


@pytest.mark.slow
def test_a_resumed_phase_equals_an_uninterrupted_one(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an objective with variables of its own, which are resumed too."""
    monkeypatch.setattr("tlzoo.training.phases.run._SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    phase = adapting(Dann(units=(16,)), epochs=4)
    whole, (expected,) = run(make_setup(target=target(), checkpoints=tmp_path / "a"), phase, folder=tmp_path)
    setup, trainer = make_setup(target=target(), checkpoints=tmp_path / "b"), SupervisedTrainer()
    state = trainer.prepare(setup)
    with pytest.raises(Interrupted):
        trainer.run(state, phase, 1, trainer.plan(state, phase), Interrupting(after=2))
    resumed, (found,) = run(make_setup(target=target(), checkpoints=tmp_path / "b"), phase, folder=tmp_path)
    assert_same(weights(whole), weights(resumed))
    assert found.metrics == expected.metrics


def test_a_helper_is_reset_for_every_phase(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = adapting(Dann(units=(16,)))
    state, results = run(make_setup(target=target()), phase, phase, folder=tmp_path)
    assert results[0].metrics["loss"] == pytest.approx(results[1].metrics["loss"], rel=0.2)
    (step,) = state.steps.values()
    learned = [variable.numpy() for variable in step.helpers]
    step.reset()
    assert not any(np.array_equal(one, each.numpy()) for one, each in zip(learned, step.helpers, strict=True))


def test_an_objective_works_with_the_mlp_head_on_a_frozen_backbone(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    phase = adapting(Coral(), head())
    _, (result,) = run(make_setup(target=target(), head=MLP(units=(16,))), phase, folder=tmp_path)
    assert result.audited["trained"] == 4


@pytest.mark.parametrize(
    ("changes", "phase", "said"),
    [
        ({}, adapting(Coral()), "uses Coral, but there is no target"),
        ({}, Phase(name="adapt", train=AVERAGES, objective=AdaBN()), "uses AdaBN, but there is no target"),
        ({"target": True}, adapting(Coral(), head()), "but nothing below it trains"),
        ({"target": True}, Phase(name="adapt", train=head(), objective=AdaBN()), "not head/logits/bias"),
    ],
)
def test_invalid_requests_are_refused(
    make_setup: Callable[..., Setup], changes: dict[str, Any], phase: Phase, said: str
) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(target=target() if changes else None))
    with pytest.raises(UsageError, match=said):
        trainer.plan(state, phase)


class CellLogits(Head):
    """Logits of every cell of a map, averaged."""

    name: ClassVar[str] = "cell-logits"
    takes: ClassVar[Takes] = "map"

    def build(self, shape: MapShape, task: Any, seed: int) -> keras.Model:
        inputs = keras.Input((None, None, shape.channels))
        cells = keras.layers.Dense(task.outputs, kernel_initializer=keras.initializers.GlorotUniform(seed))(inputs)
        return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(cells))


def test_features_that_are_not_vectors_are_not_compared(make_setup: Callable[..., Setup]) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(target=target(), head=CellLogits()))
    with pytest.raises(UsageError, match="compares vectors, but the last layer of the head takes a map or a sequence"):
        trainer.plan(state, adapting(Coral()))
    assert trainer.plan(state, adapting(Coral(at="outputs"))).mode == "live"


def test_mcc_is_for_classes(make_setup: Callable[..., Setup]) -> None:
    from tlzoo.tasks import Regression

    setup = make_setup(target=target())
    samples = replace(setup.data.samples, task=Regression(("y",)), labels=np.ones((90, 1), np.float32))
    trainer = SupervisedTrainer()
    state = trainer.prepare(replace(setup, data=replace(setup.data, samples=samples)))
    with pytest.raises(UsageError, match="which needs classes, but squares is regression"):
        trainer.plan(state, adapting(Mcc()))


def test_adabn_sets_the_statistics_of_a_domain_and_nothing_else(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    setup = make_setup(target=target(), head=Linear())
    phase = Phase(name="adabn", train=AVERAGES, objective=AdaBN())
    before = weights(SupervisedTrainer().prepare(setup))
    state, (result,) = run(setup, phase, folder=tmp_path)
    after = weights(state)
    moved = {path for path in before if not np.array_equal(before[path], after[path])}
    assert moved == {path for path in before if "moving_" in path}
    assert result.audited == {"trained": 0, "statistics": 8, "frozen": len(before) - 8}
    plan = SupervisedTrainer().plan(state, phase)
    assert plan.reason == "4 BatchNorm layers are set to the statistics of the target, in one pass"


def by_definition(backbone: Backbone, images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the statistics layer by layer: each of what reaches it through those below with theirs (algorithm 1)."""
    found: dict[str, np.ndarray] = {}
    model = backbone.model
    for layer in [each for each in model.layers if isinstance(each, keras.layers.BatchNormalization)]:
        reached = keras.Model(model.input, layer.input)(images, training=False).numpy().astype(np.float64)
        rows = reached.reshape(-1, reached.shape[-1])
        found |= {f"{layer.name}/moving_mean": rows.mean(axis=0), f"{layer.name}/moving_variance": rows.var(axis=0)}
        layer.moving_mean.assign(rows.mean(axis=0))
        layer.moving_variance.assign(rows.var(axis=0))
    return found


@pytest.mark.parametrize("domain", ["source", "target"])
def test_adabn_is_its_algorithm(
    make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone], tmp_path: Path, domain: Any
) -> None:
    setup = make_setup(target=target())
    phase = Phase(name="adabn", train=AVERAGES, objective=AdaBN(domain=domain))
    state, _ = run(setup, phase, folder=tmp_path)
    data = setup.data if domain == "source" else target()
    images = np.stack([image.numpy() for image in data.examples.stream(data.train)]) / np.float32(255)
    for path, expected in by_definition(make_backbone(), images).items():
        np.testing.assert_allclose(state.network.variables[path].numpy(), expected, rtol=1e-3, atol=1e-4, err_msg=path)


def test_statistics_of_batches_are_pooled_to_those_of_all() -> None:
    rows = np.random.default_rng(0).normal(3, 2, (50, 4))
    parts = [rows[:7], rows[7:30], rows[30:]]
    mean, variance = _pool(
        np.array([len(part) for part in parts]),
        np.array([part.mean(axis=0) for part in parts]),
        np.array([part.var(axis=0) for part in parts]),
    )
    np.testing.assert_allclose(mean, rows.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(variance, rows.var(axis=0), rtol=1e-6)


def test_layers_are_as_before_once_statistics_are_measured(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    setup = make_setup(target=target())
    state, _ = run(setup, Phase(name="adabn", train=AVERAGES, objective=AdaBN()), folder=tmp_path)
    layer = setup.backbone.model.get_layer("norm1")
    assert "call" not in vars(layer)
    assert state.boundary(None, kept=False).logits(setup.data.test, 16).shape == (len(setup.data.test), 3)


def test_statistics_of_some_stages_can_be_set_alone(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    selected = matching("norm3/moving_mean", "norm3/moving_variance")
    _, (result,) = run(
        make_setup(target=target()), Phase(name="adabn", train=selected, objective=AdaBN()), folder=tmp_path
    )
    assert result.audited["statistics"] == 2


def test_an_error_in_an_objective_is_reported(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    class Wrong(Objective):
        def value(self, step: Step) -> tf.Tensor:
            return step.loss * float("nan")

    with pytest.raises(TrainingError, match="the loss is nan at step 1"):
        run(make_setup(), adapting(Wrong(), stages("three") | head()), folder=tmp_path)


def test_objectives_are_frozen_models() -> None:
    assert issubclass(Objective, BaseModel)
    assert Phase(name="a", train=head(), objective=Coral(weight=2)).model_dump(mode="json")["objective"] == {
        "kind": "Coral",
        "weight": 2.0,
        "at": "features",
    }


def test_a_head_with_an_objective_is_not_fitted_to_the_optimum_of_the_loss(make_setup: Callable[..., Setup]) -> None:
    phase = Phase(name="head", train=head(), solver="lbfgs", objective=Mcc())
    plan = SupervisedTrainer().plan(SupervisedTrainer().prepare(make_setup(target=target())), phase)
    assert plan.solver == "gradient"
    assert plan.reason.endswith("trained by gradients: the phase has an objective")
