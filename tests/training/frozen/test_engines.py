"""Engines compute what TensorFlow computes, or are not used."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.errors import UsageError
from tlzoo.training.frozen.engines import (
    ENGINES,
    EngineUnfitError,
    Run,
    Tolerance,
    choice,
    compiled,
    compiled_or_tensorflow,
    engine_for,
)
from tlzoo.training.frozen.engines.agreement import disagreement
from tlzoo.training.frozen.engines.openvino import OpenVinoEngine
from tlzoo.training.network import as_list

LARGE = 1e15


def statistics(model: keras.Model) -> keras.Model:
    """Give BatchNorm layers statistics that are not those of a fresh layer."""
    draw = np.random.default_rng(0)
    for variable in model.variables:
        if "moving_variance" in variable.path or "gamma" in variable.path:
            variable.assign(draw.uniform(0.5, 1.5, variable.shape))
        elif "moving_mean" in variable.path or "beta" in variable.path:
            variable.assign(draw.normal(0, 0.3, variable.shape))
    return model


def convolutions() -> keras.Model:
    """Return BatchNorm, dropout, stochastic depth, depthwise and grouped convolutions, and two outputs."""
    inputs = keras.Input((24, 24, 3))
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(inputs)
    first = keras.layers.ReLU(6.0)(keras.layers.BatchNormalization()(x))
    x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(first)
    x = keras.activations.silu(keras.layers.BatchNormalization()(x))
    x = keras.layers.Conv2D(8, 3, groups=2, padding="same")(keras.layers.Dropout(0.3)(x))
    x = keras.layers.Dropout(0.5, noise_shape=(None, 1, 1, 1))(x)
    scale = keras.layers.Dense(8, "sigmoid")(keras.layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = keras.layers.Add()([first, x * scale])
    return statistics(keras.Model(inputs, [keras.layers.SeparableConv2D(6, 3)(x), first]))


def attention() -> keras.Model:
    """Return patches, attention with layer normalization, and GELU."""
    inputs = keras.Input((24, 24, 3))
    x = keras.layers.Reshape((9, 16))(keras.layers.Conv2D(16, 8, strides=8)(inputs))
    y = keras.layers.LayerNormalization()(x)
    x = x + keras.layers.MultiHeadAttention(2, 8, dropout=0.1)(y, y)
    return keras.Model(inputs, x + keras.layers.Dense(16, keras.activations.gelu)(keras.layers.LayerNormalization()(x)))


def nested() -> keras.Model:
    """Return a model with another one inside."""
    inputs = keras.Input((24, 24, 3))
    return keras.Model(inputs, keras.layers.Conv2D(4, 1)(convolutions()(keras.layers.Rescaling(1.5, -0.5)(inputs))[0]))


def words() -> keras.Model:
    """Return strings to tokens with their mask, as a tokenizer and a text model do."""
    inputs = keras.Input((), dtype="string")
    tokens = keras.layers.TextVectorization(output_sequence_length=6, vocabulary=["a", "picture", "of", "glyphs"])(
        inputs
    )
    mask = keras.ops.not_equal(tokens, 0)
    x = keras.layers.Embedding(8, 12)(tokens)
    x = x + keras.layers.MultiHeadAttention(2, 6)(x, x, attention_mask=keras.ops.expand_dims(mask, 1))
    return keras.Model(inputs, [x, mask])


def batch_for(model: keras.Model, size: int = 5) -> np.ndarray:
    if model.inputs[0].dtype == "string":
        return np.array([b"a picture", b"of glyphs", b"of of a", b"", b"something else"][:size], dtype=object)
    return np.random.default_rng(1).uniform(-1, 1, (size, *model.inputs[0].shape[1:])).astype("float32")


def signature_of(model: keras.Model) -> tf.TensorSpec:
    return tf.TensorSpec((None, *model.inputs[0].shape[1:]), model.inputs[0].dtype)


@pytest.mark.parametrize("name", ["tensorflow", "openvino"])
@pytest.mark.parametrize("make", [convolutions, attention, nested, words])
def test_engines_equal_keras(make: Callable[[], keras.Model], name: str) -> None:
    model = make()
    run = ENGINES[name].compile(model, signature_of(model))
    for size in (5, 1, 3):
        batch = batch_for(model, size)
        expected = as_list(model(tf.convert_to_tensor(batch), training=False))
        for ours, reference in zip(run(batch), expected, strict=True):
            assert ours.dtype == reference.dtype
            np.testing.assert_allclose(ours, reference.numpy(), atol=2e-5, rtol=2e-5)


def test_half_precision_is_near_and_has_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    model = convolutions()
    assert compiled("openvino-bf16", model, signature_of(model), batch_for(model))
    monkeypatch.delenv("TLZOO_ENGINE", raising=False)
    assert engine_for(LARGE) == "openvino"
    monkeypatch.setenv("TLZOO_ENGINE", "openvino-bf16")
    assert engine_for(0) == "openvino-bf16"


def test_results_of_one_batch_are_not_overwritten_by_the_next() -> None:
    model = convolutions()
    run = ENGINES["openvino"].compile(model, signature_of(model))
    first = run(batch_for(model))
    copies = [each.copy() for each in first]
    run(-batch_for(model))
    for one, other in zip(first, copies, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_engine_sees_the_weights_it_was_compiled_with() -> None:
    model = convolutions()
    run = ENGINES["tensorflow"].compile(model, signature_of(model))
    before = run(batch_for(model))
    for variable in model.weights:
        variable.assign(variable * 0)
    np.testing.assert_array_equal(run(batch_for(model))[0], before[0])


class Lying:
    """An engine that is a hundredth off."""

    name = "openvino"
    tolerance = Tolerance(1e-2, 1e-3)

    def compile(self, below: keras.Model, signature: tf.TensorSpec) -> Run:
        run = ENGINES["tensorflow"].compile(below, signature)
        return lambda batch: [each * 1.01 for each in run(batch)]


def test_a_disagreeing_engine_is_reported_and_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(choice.ENGINES, "openvino", Lying())
    model, said = convolutions(), []
    with pytest.raises(EngineUnfitError, match="disagrees with TensorFlow on the first batch: it differs by up to"):
        compiled("openvino", model, signature_of(model), batch_for(model))
    run = compiled_or_tensorflow("openvino", model, signature_of(model), batch_for(model), said.append)
    np.testing.assert_allclose(run(batch_for(model))[0], model(batch_for(model), training=False)[0], atol=2e-5)
    assert len(said) == 1
    assert said[0].endswith("using TensorFlow")


def test_without_openvino_tensorflow_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenVinoEngine, "installed", staticmethod(lambda: False))
    monkeypatch.delenv("TLZOO_ENGINE", raising=False)
    assert engine_for(LARGE) == "tensorflow"
    model = convolutions()
    with pytest.raises(EngineUnfitError, match=r"not installed; pip install 'tlzoo\[fast\]'"):
        compiled("openvino", model, signature_of(model), batch_for(model))


def test_little_work_is_not_worth_converting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TLZOO_ENGINE", raising=False)
    assert engine_for(1e9) == "tensorflow"
    assert engine_for(LARGE) == "openvino"


def test_an_unknown_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_ENGINE", "openvin")
    with pytest.raises(UsageError, match="TLZOO_ENGINE: unknown engine 'openvin'; did you mean 'openvino'"):
        engine_for(1)


@pytest.mark.parametrize(
    ("ours", "reference", "found"),
    [
        ([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], None),
        ([0.0, 1.0, 2.0001], [0.0, 1.0, 2.0], None),
        ([0.0, 1.0, 2.1], [0.0, 1.0, 2.0], "differs by up to 0.12"),
        ([0.0, 1.0, np.nan], [0.0, 1.0, 2.0], "differs by up to nan"),
        ([0.0, 1.0, 2.0], [0.0, 1.0, np.inf], "differs"),
        ([0.0, 0.0], [0.0, 0.0, 0.0], "its shapes are"),
        ([0.0, 0.0], [0.0, 0.0], None),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_disagreement(ours: list[float], reference: list[float], found: str | None) -> None:
    said = disagreement([np.array(ours)], [np.array(reference)], Tolerance(1e-2, 1e-3))
    assert (said is None) if found is None else (said is not None and found in said)


def test_masks_have_to_be_equal() -> None:
    one, other = np.array([True, False]), np.array([True, True])
    assert disagreement([one], [other], Tolerance(9.0, 9.0)) == "a mask differs"
