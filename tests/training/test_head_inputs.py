"""Heads on maps, sequences and pyramids: what enters them, and that caching changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import pytest
from made_weights import with_effect

from tlzoo.backbones import Backbone, Preprocessing, Sequence, Stage, Vector, stages_by_layers
from tlzoo.errors import UsageError
from tlzoo.heads import Attention, Head, Level, MapShape, Pyramid, SequenceShape, Takes
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, Selection, head, stages_from
from tlzoo.tasks import Classification
from tlzoo.training import Network, Plan, Resizing, Setup, SupervisedTrainer
from tlzoo.training.costs.activations import activation_bytes, head_bytes
from tlzoo.training.frozen.frozen_part import is_stored
from tlzoo.training.planning import row_bytes_at
from tlzoo.training.state import SupervisedState

TASK = Classification(("a", "b", "c"))


class Convolution(Head):
    """A convolution over the map, its maximum, and logits."""

    name: ClassVar[str] = "convolution"
    takes: ClassVar[Takes] = "map"

    def build(self, shape: MapShape, task: Any, seed: int) -> keras.Model:
        inputs = keras.Input((shape.height, shape.width, shape.channels))
        kernel = keras.initializers.GlorotUniform(seed)
        x = keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=kernel, name="conv")(inputs)
        logits = keras.layers.Dense(task.outputs, kernel_initializer=kernel, name="logits")
        return keras.Model(inputs, logits(keras.layers.GlobalMaxPooling2D()(x)))


HEADS = [Convolution(), Attention(heads=2, units=8), Pyramid()]
LEVELS = [Level(name, MapShape(8, 8, size)) for name, size in (("one", 4), ("two", 8), ("three", 8))]
FLOATS = {"convolution": 8 * 8 * 8, "attention": 64 * 8, "pyramid": 8 * 8 * (4 + 8 + 8)}
"""What one sample's features take at the top, in numbers of four bytes."""


def phase(train: Selection, **changes: Any) -> Phase:
    return Phase(name="phase", train=train, budget=Epochs(3), rates=1e-2, statistics="trained", **changes)


def trained(setup: Setup, train: Selection, folder: Path) -> tuple[SupervisedState, list[float], Plan]:
    folder.mkdir()
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    plan = trainer.plan(state, phase(train))
    metrics = MetricsFile(folder / "metrics.jsonl")
    result = trainer.run(state, phase(train), 1, plan, metrics)
    assert result.audited["frozen"] == len(state.network.variables) - sum(
        count for intent, count in result.audited.items() if intent != "frozen"
    )
    return state, [line["loss"] for line in metrics.lines], plan


def test_a_head_is_built_for_its_input_shape(make_backbone: Callable[..., Backbone]) -> None:
    shapes = [Network(make_backbone(), each, TASK, seed=0).inputs.shape for each in HEADS]
    assert shapes == [MapShape(8, 8, 8), SequenceShape(64, 8, masked=False), tuple(LEVELS)]


@pytest.mark.parametrize("made", HEADS, ids=lambda each: each.name)
@pytest.mark.parametrize("train", [head(), head() | stages_from("three")], ids=["head", "top"])
def test_cached_equals_live(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Head, train: Selection
) -> None:
    state, losses, plan = trained(make_setup(head=made, checkpoints=tmp_path / "a"), train, tmp_path / "cached")
    at_top = train == head()
    assert plan.mode == ("cached features" if at_top else "cached prefix")
    if at_top:
        assert plan.cache_bytes == 90 * 4 * FLOATS[made.name]
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1e4")
    other, live, plan = trained(make_setup(head=made, checkpoints=tmp_path / "b"), train, tmp_path / "live")
    assert plan.mode == "live"
    np.testing.assert_allclose(losses, live, rtol=1e-5)
    for path in with_effect(state.network.variables):
        found, expected = (each.network.variables[path].numpy() for each in (state, other))
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4, err_msg=path)


def test_a_plan_has_the_reasons_for_live_features_and_for_no_solver(
    make_setup: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(head=Pyramid()))
    solving = phase(head(), solver="lbfgs").model_copy(update={"statistics": "frozen"})
    plan = trainer.plan(state, solving)
    assert plan.reason == "the whole backbone is frozen; trained by gradients: the head takes a pyramid"
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1e5")
    said = trainer.plan(state, phase(head())).reason
    assert said == "the frozen pyramids would take 461 kB in the cache; the budget is 100 kB"


def test_evaluation_caches_no_features_that_do_not_fit(
    make_setup: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(make_setup(head=Pyramid()))
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1e5")
    live = trainer.evaluate(state, "test")
    samples = np.arange(90)
    assert not is_stored(state.network.sever(2), state.setup, state.store, samples, "tensorflow")
    monkeypatch.delenv("TLZOO_CACHE_BUDGET")
    cached = trainer.evaluate(state, "test")
    assert is_stored(state.network.sever(2), state.setup, state.store, samples, "tensorflow")
    np.testing.assert_allclose(live.answers, cached.answers, rtol=1e-5)


@pytest.mark.parametrize("made", HEADS, ids=lambda each: each.name)
def test_every_cut_equals_the_whole_network(make_backbone: Callable[..., Backbone], tmp_path: Path, made: Head) -> None:
    network = Network(make_backbone(), made, TASK, seed=0)
    whole = network.whole(keras.layers.Softmax(dtype="float32"))
    samples = np.random.default_rng(0).uniform(0, 255, (3, 8, 8, 1)).astype("float32")
    expected = whole(samples).numpy()
    for position in (None, 0, 1, 2):
        assert_cut(network, position, samples, expected)
    whole.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(samples), expected, rtol=1e-5)


def assert_cut(network: Network, position: int | None, samples: Any, expected: Any) -> None:
    severed = network.sever(position)
    reached = severed.below(samples)
    reached = list(reached) if isinstance(reached, list | tuple) else [reached]
    assert [tuple(each.shape[1:]) for each in reached] == list(severed.shapes)
    entering = reached if len(reached) > 1 else reached[0]
    logits = network.head(entering if severed.above is None else severed.above(entering))
    np.testing.assert_allclose(keras.ops.softmax(logits), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("made", HEADS, ids=lambda each: each.name)
def test_every_cut_gives_observed_stages_that_the_head_takes_too(
    make_backbone: Callable[..., Backbone], made: Head
) -> None:
    network = Network(make_backbone(), made, TASK, seed=0)
    samples = np.random.default_rng(0).uniform(0, 255, (3, 8, 8, 1)).astype("float32")
    expected: list[Any] = []
    for position in (None, 0, 1, 2):
        severed = network.sever(position, ("one", "two", "three"))
        assert severed.above is not None
        given = severed.above(severed.below(samples))
        expected = expected or given
        assert len(given) == len(network.head.inputs) + 3
        for each, other in zip(given, expected, strict=True):
            np.testing.assert_allclose(each, other, rtol=1e-4, atol=1e-5)


LENGTH = 6


def tokens_backbone(*, fixed: bool = True, features: Any = None) -> Backbone:
    """Return tokens with an explicit mask through two dense blocks."""
    length = LENGTH if fixed else None
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    mask = keras.ops.not_equal(tokens, 0)
    x = keras.layers.Embedding(50, 8, name="embedding")(tokens)
    for number in (1, 2):
        x = keras.layers.Dense(8, "tanh", name=f"block{number}")(x)
    model = keras.Model(tokens, [x, mask], name="tokens")
    normalize = keras.layers.Identity(dtype="int32")
    stages = stages_by_layers(model, [("embedding", "embedding"), ("block1", "block1"), ("block2", "block2")])
    preprocessing = Preprocessing(lambda raw: raw, normalize, (length,), "int32")
    return Backbone(model, preprocessing, stages, features or Sequence(LENGTH, 8, "average"), "tokens")


def test_a_sequence_comes_with_its_mask_across_every_cut() -> None:
    network = Network(tokens_backbone(), Attention(heads=2, units=4), TASK, seed=0)
    assert network.inputs.shape == SequenceShape(LENGTH, 8, masked=True)
    ids = np.array([[3, 4, 5, 0, 0, 0], [7, 8, 9, 10, 11, 0]], np.int32)
    expected = network.whole(keras.layers.Softmax(dtype="float32"))(ids).numpy()
    for position in (None, 0, 1, 2):
        assert_cut(network, position, ids, expected)
    padded = np.array([[3, 4, 5, 0, 0, 0]], np.int32)
    shorter = Network(tokens_backbone(fixed=False), Attention(), TASK, seed=0)
    whole = shorter.whole(keras.layers.Softmax(dtype="float32"))
    np.testing.assert_allclose(whole(padded), whole(padded[:, :3]), rtol=1e-5)


def test_the_head_counts_in_the_expected_memory_at_its_real_length(make_backbone: Callable[..., Backbone]) -> None:
    network = Network(make_backbone(), Attention(heads=2, units=8), TASK, seed=0)
    fixed = Attention(heads=2, units=8).build(SequenceShape(64, 8), TASK, 0)
    open_kept = activation_bytes(fixed).kept
    kept, most = head_bytes(network)
    assert kept > 30 * open_kept
    assert most == 64 * 8 * 4


@pytest.mark.parametrize(("made", "takes"), [(Convolution(), "map"), (Attention(), "sequence"), (Pyramid(), "pyramid")])
def test_a_head_that_does_not_go_with_a_backbone_is_refused(made: Head, takes: str) -> None:
    backbone = tokens_backbone(features=Vector(8))
    with pytest.raises(
        UsageError, match=f"needs a {takes}, but the features of tokens are a vector; heads for a vector: linear, mlp"
    ):
        Network(backbone, made, TASK, seed=0)


def test_stages_of_a_pyramid_can_be_chosen(make_backbone: Callable[..., Backbone]) -> None:
    network = Network(make_backbone(), Pyramid(stages=("three", "one")), TASK, seed=0)
    assert network.inputs.shape == (LEVELS[0], LEVELS[2])
    with pytest.raises(UsageError, match="no stage 'tow'; did you mean 'two'"):
        Network(make_backbone(), Pyramid(stages=("tow",)), TASK, seed=0)


def test_a_pyramid_on_a_backbone_that_cannot_be_cut_is_refused(make_backbone: Callable[..., Backbone]) -> None:
    whole = make_backbone()
    inputs = keras.Input((8, 8, 3))
    stage = Stage("model", frozenset(variable.path for variable in whole.model.weights), None)
    saved = replace(whole, model=keras.Model(inputs, whole.model(inputs), name="saved"), stages=(stage,))
    with pytest.raises(UsageError, match="needs the maps of several stages, but saved only has its last map alone"):
        Network(saved, Pyramid(), TASK, seed=0)


def test_an_open_head_serves_other_image_sizes_and_a_fixed_one_is_refused(
    make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone], tmp_path: Path
) -> None:
    resizing = Resizing(4, lambda size: make_backbone(side=size))
    small = phase(head(), image_size=4).model_copy(update={"statistics": "frozen"})
    trainer = SupervisedTrainer()
    for made in (Attention(heads=2, units=4), Pyramid()):
        state = trainer.prepare(make_setup(head=made, resizing=resizing, checkpoints=tmp_path / made.name))
        plan = trainer.plan(state, small)
        assert plan.cache_bytes == 90 * FLOATS[made.name]  # a quarter of the cells
        result = trainer.run(state, small, 1, plan, MetricsFile(tmp_path / "metrics.jsonl"))
        assert result.audited["trained"] == len(state.network.head.trainable_variables)
    state = trainer.prepare(make_setup(head=Convolution(), resizing=resizing))
    with pytest.raises(UsageError, match="the head takes 8 x 8 x 8 features, but at 4 pixels there are 4 x 4 x 8"):
        trainer.plan(state, small)


def test_features_of_variable_length_are_not_cached() -> None:
    network = Network(tokens_backbone(fixed=False), Attention(), TASK, seed=0)
    assert network.inputs.shape == SequenceShape(None, 8, masked=True)
    assert row_bytes_at(network, 2) == 0
    assert row_bytes_at(Network(tokens_backbone(), Attention(), TASK, seed=0), 2) == LENGTH * (4 * 8 + 1)


def test_a_second_run_computes_no_frozen_pyramid(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    backbone, computed = make_setup().backbone, []
    for number in (1, 2):
        setup = make_setup(head=Pyramid(), backbone=backbone, checkpoints=tmp_path / str(number))
        state = SupervisedTrainer().prepare(setup)
        severed = state.network.sever(2)
        computed.append(is_stored(severed, setup, state.store, np.arange(90), "tensorflow"))
        state.boundary(2, kept=True)
    assert computed == [False, True]
