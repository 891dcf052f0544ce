"""Pooling: the plain mean, maximum and choice of tokens, under a mask, and in a model that is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tlzoo.backbones import FeatureMap, Features, Pooling, Sequence, Vector, pool, pooled_size
from tlzoo.errors import UsageError

RANDOM = np.random.default_rng(0)
TOKENS = RANDOM.normal(size=(3, 5, 4)).astype("float32") - 3
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 1, 1, 0]], bool)
MAP = RANDOM.normal(size=(2, 3, 4, 5)).astype("float32")


def pooled(how: Pooling, length: int | None = 5, dtype: str = "float32") -> keras.Model:
    tokens, mask = keras.Input((length, 4), dtype=dtype), keras.Input((length,), dtype="bool")
    return keras.Model([tokens, mask], pool(Sequence(5, 4), [tokens, mask], how))


def expected(how: Pooling) -> Any:
    rows = [row[mask] for row, mask in zip(TOKENS, MASK, strict=True)]
    match how:
        case "first" | "declared":
            return TOKENS[:, 0]
        case "average":
            return np.stack([row.mean(axis=0) for row in rows])
        case "max":
            return np.stack([row.max(axis=0) for row in rows])
        case "last":
            return np.stack([row[-1] for row in rows])
        case _:
            return TOKENS.reshape(3, -1)


@pytest.mark.parametrize("how", ["declared", "first", "average", "max", "last", "flatten"])
def test_sequences_are_pooled_under_their_mask(how: Pooling) -> None:
    model = pooled(how)
    np.testing.assert_allclose(model([TOKENS, MASK]), expected(how), rtol=1e-6)
    assert model.output.shape == (None, pooled_size(Sequence(5, 4), how))


@pytest.mark.parametrize("how", ["average", "max", "last"])
def test_a_sequence_of_unknown_length_can_be_pooled(how: Pooling) -> None:
    np.testing.assert_allclose(pooled(how, length=None)([TOKENS, MASK]), expected(how), rtol=1e-6)


@pytest.mark.parametrize("how", ["first", "average", "max", "last"])
def test_half_precision_is_pooled_in_single(how: Pooling) -> None:
    outputs = np.array(pooled(how, dtype="float16")([TOKENS.astype("float16"), MASK]))
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, expected(how), rtol=2e-3)


@pytest.mark.parametrize("how", ["first", "average", "max", "last", "flatten"])
def test_a_saved_pooling_comes_back(how: Pooling, tmp_path: Path) -> None:
    model = pooled(how)
    model.save(tmp_path / "pooling.keras")
    again = keras.models.load_model(tmp_path / "pooling.keras")
    np.testing.assert_array_equal(again([TOKENS, MASK]), model([TOKENS, MASK]))


def test_a_mask_of_integers_counts_like_one_of_booleans() -> None:
    tokens, mask = keras.Input((5, 4)), keras.Input((5,), dtype="int32")
    model = keras.Model([tokens, mask], pool(Sequence(5, 4), [tokens, mask], "average"))
    np.testing.assert_allclose(model([TOKENS, MASK.astype("int32")]), expected("average"), rtol=1e-6)


@pytest.mark.parametrize(
    ("how", "outcome"), [("declared", MAP.mean((1, 2))), ("max", MAP.max((1, 2))), ("flatten", MAP.reshape(2, -1))]
)
def test_maps_are_pooled(how: Pooling, outcome: Any) -> None:
    features, inputs = FeatureMap(3, 4, 5), keras.Input((3, 4, 5))
    model = keras.Model(inputs, pool(features, [inputs], how))
    np.testing.assert_allclose(model(MAP), outcome, rtol=1e-5, atol=1e-6)
    assert model.output.shape[1] == pooled_size(features, how)


def test_a_vector_is_unchanged() -> None:
    inputs = keras.Input((7,))
    assert pool(Vector(7), [inputs], "max") is inputs
    assert pooled_size(Vector(7)) == 7


@pytest.mark.parametrize("how", ["first", "last"])
def test_a_pooling_that_does_not_fit_is_refused(how: Pooling) -> None:
    features: Features = FeatureMap(3, 4, 5)
    with pytest.raises(UsageError, match="valid: average, max, flatten"):
        pool(features, [keras.Input((3, 4, 5))], how)


def test_a_pooler_is_a_third_output_that_other_poolings_pass_by() -> None:
    features = Sequence(3, 4, pooling="pooler")
    outputs = [keras.Input((3, 4)), keras.Input((3,), dtype="bool"), keras.Input((4,))]
    assert pool(features, outputs) is outputs[2]
    assert pool(features, outputs, "first") is not outputs[2]
    with pytest.raises(UsageError, match="pooling 'pooler' does not apply to Sequence"):
        pool(Sequence(3, 4), outputs, "pooler")


def test_a_declared_vector_may_have_length_one() -> None:
    features = Sequence(2, 2, pooling="average", normalized=True)
    tokens, mask = keras.Input((2, 2)), keras.Input((2,), dtype="bool")
    model = keras.Model([tokens, mask], [pool(features, [tokens, mask]), pool(features, [tokens, mask], "average")])
    unit, plain = model([np.array([[[3.0, 4.0], [9.0, 9.0]]], "float32"), np.array([[True, False]])])
    np.testing.assert_allclose(unit, [[0.6, 0.8]], rtol=1e-6)
    np.testing.assert_allclose(plain, [[3.0, 4.0]], rtol=1e-6)
