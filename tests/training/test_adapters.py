"""Low-rank adapters: unchanged at first, then they alone train, and they are merged where the model is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, Preprocessing, Vector, image_preprocessing, stages_by_layers, with_adapters
from tlzoo.errors import UsageError
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import FineTune
from tlzoo.training import Setup, SupervisedTrainer

RANK = 2


def attentive() -> Backbone:
    """Return two blocks of attention, whose layers have the same names inside."""
    inputs = x = keras.Input((8, 8, 1))
    x = keras.layers.Reshape((8, 8))(x)
    for number in (1, 2):
        attention = keras.layers.MultiHeadAttention(2, 4, name=f"attention{number}", seed=number)
        x = keras.layers.Add(name=f"add{number}")([x, attention(x, x)])
    x = keras.layers.Flatten(name="flat")(x)
    model = keras.Model(inputs, x, name="attentive")
    stages = stages_by_layers(model, [("one", "add1"), ("two", "flat")])
    preprocessing: Preprocessing = image_preprocessing((8, 8), 1, scale=1 / 255)
    return Backbone(model, preprocessing, stages, Vector(64), "attentive")


def outputs(backbone: Backbone) -> np.ndarray:
    images = np.random.default_rng(0).random((3, 8, 8, 1)).astype("float32")
    return backbone.model(images, training=False).numpy()


@pytest.mark.parametrize("kind", ["convolutions", "attention"])
def test_adapters_change_nothing_at_first_and_belong_to_their_stage(
    make_backbone: Callable[..., Backbone], kind: str
) -> None:
    plain = make_backbone() if kind == "convolutions" else attentive()
    before, paths = outputs(plain), {variable.path for variable in plain.model.weights}
    adapted = with_adapters(plain, RANK, seed=0)
    np.testing.assert_array_equal(outputs(adapted), before)
    now = [variable.path for variable in adapted.model.weights]
    assert len(set(now)) == len(now)
    held = [path for stage in adapted.stages for path in stage.variables]
    assert sorted(held) == sorted(now)
    new = set(now) - paths
    assert all(path.rpartition("/")[2].startswith("lora_kernel_") for path in new)
    assert len(new) == 2 * (3 if kind == "convolutions" else 8)
    assert adapted.digest != plain.digest


def test_chosen_layers_have_adapters_scaled_by_alpha() -> None:
    adapted = with_adapters(attentive(), RANK, seed=0, alpha=3.0 * RANK, layers=["query", "attention2/*"])
    new = {variable.path for variable in adapted.model.weights if "/lora_" in variable.path}
    layers = {path.rpartition("/")[0] for path in new}
    assert layers == {
        "attention1/query",
        *(f"attention2/{name}" for name in ("query", "key", "value", "attention_output")),
    }
    query = adapted.model.get_layer("attention1")._query_dense
    query.lora_kernel_b.assign(np.ones(query.lora_kernel_b.shape))
    added = np.asarray(query.kernel) - query._kernel.numpy()
    np.testing.assert_allclose(added, 3 * (query.lora_kernel_a.numpy() @ query.lora_kernel_b.numpy()), rtol=1e-5)
    with pytest.raises(UsageError, match=r"matches qery; did you mean 'query'\?"):
        with_adapters(attentive(), RANK, seed=0, layers=["qery"])


def test_one_seed_draws_the_same_adapters_in_any_order(make_backbone: Callable[..., Backbone]) -> None:
    one, again, other = (with_adapters(make_backbone(), RANK, seed) for seed in (1, 1, 2))
    drawn = [
        {v.path: v.numpy() for v in each.model.weights if "lora_kernel_a" in v.path} for each in (one, again, other)
    ]
    for path, values in drawn[0].items():
        np.testing.assert_array_equal(values, drawn[1][path])
        assert not np.array_equal(values, drawn[2][path])


@pytest.mark.parametrize("kind", ["convolutions", "attention"])
def test_fine_tuning_trains_them_alone_and_saves_them_merged(
    make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone], tmp_path: Path, kind: str
) -> None:
    strategy = FineTune(lora_rank=RANK, unfreeze="all", rate=1e-2)
    trainer = SupervisedTrainer()
    plain = make_backbone() if kind == "convolutions" else attentive()
    state = trainer.prepare(make_setup(backbone=with_adapters(plain, strategy.adapter_rank, 0)))
    before = {path: variable.numpy() for path, variable in state.network.variables.items()}
    journal, metrics = Journal(tmp_path / "journal.jsonl"), MetricsFile(tmp_path / "metrics.jsonl")
    outcome = drive(trainer, state, strategy, journal, metrics, str)
    trainer.restore(state, outcome.phases[-1].result.checkpoint)
    moved = {
        path for path, variable in state.network.variables.items() if not np.array_equal(variable.numpy(), before[path])
    }
    in_backbone = moved - state.network.parts.head
    assert in_backbone == {path for path in before if "/lora_kernel_" in path}
    images = np.random.default_rng(0).integers(0, 255, (5, 8, 8, 1)).astype("float32")
    whole = state.network.whole(state.criterion.answer_layer())
    whole.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(images), whole(images), atol=1e-5)


def test_a_backbone_without_such_layers_is_reported() -> None:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.LayerNormalization(name="norm")(inputs))
    backbone = Backbone(
        model, image_preprocessing((2, 2), 1), stages_by_layers(model, [("norm", "norm")]), Vector(4), "norm"
    )
    with pytest.raises(UsageError, match="no layer of this backbone supports low-rank adapters"):
        with_adapters(backbone, RANK, 0)
