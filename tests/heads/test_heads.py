"""The built-in heads: shapes, seeds, options, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from tlzoo.heads import MLP, Attention, Head, Level, Linear, MapShape, Pyramid, SequenceShape
from tlzoo.tasks import Classification

TASK = Classification(("cat", "dog", "owl"))
FEATURES = np.random.default_rng(0).normal(size=(6, 10)).astype("float32")
HEADS: list[Head] = [
    Linear(),
    Linear(standardize=False, dropout=0.3),
    MLP(),
    MLP(units=(8, 4), activation="gelu", batch_normalization=True, dropout=0.0),
]

# Keras 3.15 reads variables for saving in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def values(model: keras.Model) -> list[Any]:
    return [weight.numpy() for weight in model.weights]


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_a_head_takes_features_to_logits(head: Head) -> None:
    model = head.build(10, TASK, seed=0)
    assert model.input_shape == (None, 10)
    assert model.output_shape == (None, 3)
    assert model.output.dtype == "float32"


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_one_seed_gives_one_head(head: Head) -> None:
    keras.utils.set_random_seed(1)
    first = head.build(10, TASK, seed=7)
    keras.utils.set_random_seed(2)
    second, other = head.build(10, TASK, seed=7), head.build(10, TASK, seed=8)
    assert [w.path for w in first.weights] == [w.path for w in second.weights]
    for one, two in zip(values(first), values(second), strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(first(FEATURES, training=True), second(FEATURES, training=True))
    assert any(not np.array_equal(a, b) for a, b in zip(values(first), values(other), strict=True))


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_a_saved_head_comes_back(head: Head, tmp_path: Path) -> None:
    model = head.build(10, TASK, seed=0)
    model(FEATURES, training=True)
    model.save(tmp_path / "head.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "head.keras")(FEATURES), model(FEATURES))


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_options_survive_json(head: Head) -> None:
    assert type(head).model_validate_json(head.model_dump_json()) == head


def test_the_hidden_layers_of_one_head_differ() -> None:
    model = MLP(units=(10, 10)).build(10, TASK, seed=0)
    one, two = (model.get_layer(name).kernel.numpy() for name in ("hidden1", "hidden2"))
    assert not np.array_equal(one, two)


def test_standardizing_makes_the_scale_of_features_matter_less() -> None:
    model = Linear().build(10, TASK, seed=0)
    small, large = model(FEATURES, training=True), model(FEATURES * 1000, training=True)
    np.testing.assert_allclose(small, large, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("options", [{"dropout": 1.0}, {"dropuot": 0.1}, {"pooling": "mean"}])
def test_options_out_of_range_or_misspelt_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Linear.model_validate(options)


SHAPES = {
    "attention": SequenceShape(9, 6, masked=True),
    "pyramid": (Level("low", MapShape(6, 6, 3)), Level("high", MapShape(3, 3, 5))),
}
INPUTS = {
    "attention": [
        np.random.default_rng(1).normal(size=(4, 9, 6)).astype("float32"),
        np.arange(9) < np.array([[9], [5], [1], [3]]),
    ],
    "pyramid": [np.random.default_rng(size).normal(size=(4, 6, 6, size)).astype("float32") for size in (3, 5)],
}
OTHERS: list[Head] = [
    Attention(),
    Attention(heads=3, units=7, dropout=0.2),
    Pyramid(),
    Pyramid(stages=("low",), dropout=0.2),
]


@pytest.mark.parametrize("head", OTHERS, ids=str)
def test_a_head_on_maps_or_sequences_is_saved_and_has_one_seed(head: Head, tmp_path: Path) -> None:
    model, again, other = (head.build(SHAPES[head.name], TASK, seed) for seed in (3, 3, 4))
    outputs = model(INPUTS[head.name])
    assert outputs.shape == (4, 3)
    assert outputs.dtype == "float32"
    np.testing.assert_array_equal(outputs, again(INPUTS[head.name]))
    assert not np.array_equal(outputs, other(INPUTS[head.name]))
    model.save(tmp_path / "head.keras")
    loaded = keras.models.load_model(tmp_path / "head.keras")
    np.testing.assert_array_equal(loaded(INPUTS[head.name]), outputs)


def test_attention_is_the_weighted_mean_of_values_under_the_mask() -> None:
    model = Attention(heads=2, units=4).build(SHAPES["attention"], TASK, seed=0)
    draw = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(draw.normal(size=weight.shape).astype("float32"))
    named = {weight.path: weight.numpy() for weight in model.weights}
    sequence, mask = INPUTS["attention"]

    def normalized(x: Any, name: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt(x.var(-1, keepdims=True) + 1e-6) * named[f"{name}/gamma"] + named[f"{name}/beta"]

    expected = []
    for tokens, kept in zip(sequence, mask, strict=True):
        x = normalized(tokens[kept], "normalization")
        scores, values = x @ named["scores/kernel"], x @ named["values/kernel"] + named["values/bias"]
        weights = np.exp(scores) / np.exp(scores).sum(0)
        pooled = np.concatenate([weights[:, head] @ values[:, 2 * head : 2 * head + 2] for head in (0, 1)])
        pooled = normalized(pooled, "pooled_normalization")
        expected.append(pooled @ named["logits/kernel"] + named["logits/bias"])
    np.testing.assert_allclose(model(INPUTS["attention"]), expected, rtol=1e-3, atol=1e-4)


def test_a_pyramid_is_linear_in_the_averages_of_its_maps() -> None:
    model = Pyramid().build(SHAPES["pyramid"], TASK, seed=0)
    averages = np.concatenate([each.mean((1, 2)) for each in INPUTS["pyramid"]], axis=1)
    named = {weight.path: weight.numpy() for weight in model.weights}
    expected = averages / np.sqrt(1 + 1e-3) @ named["logits/kernel"] + named["logits/bias"]
    np.testing.assert_allclose(model(INPUTS["pyramid"]), expected, rtol=1e-4, atol=1e-5)


def test_a_head_on_no_vector_has_no_pooling_to_choose() -> None:
    assert Pyramid(pooling="declared") == Pyramid()
    with pytest.raises(ValidationError, match="pooling 'max' does not apply to a head that takes a pyramid"):
        Pyramid(pooling="max")
