"""The built-in heads: shapes, seeds, options, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from tlzoo.data import Classification
from tlzoo.heads import MLP, Head, Linear

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
