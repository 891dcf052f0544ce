"""Bytes of activations by shapes: of layers one after the other, of branches, of nested models."""

import keras
import pytest

from tlzoo.training.costs.activations import activation_bytes

MAP = 8 * 8 * 4 * 4
"""Bytes of a map of 8 x 8 with 4 channels in float32."""


def convolution(name: str, filters: int = 4) -> keras.layers.Layer:
    return keras.layers.Conv2D(filters, 3, padding="same", name=name)


def test_layers_in_a_row_hold_two_tensors_at_a_time() -> None:
    inputs = keras.Input((8, 8, 4))
    outputs = convolution("c")(convolution("b")(convolution("a")(inputs)))
    assert activation_bytes(keras.Model(inputs, outputs)).live == 2 * MAP


def test_a_shortcut_is_held_until_it_is_added() -> None:
    inputs = keras.Input((8, 8, 4))
    branch = convolution("b")(convolution("a")(inputs))
    found = activation_bytes(keras.Model(inputs, keras.layers.Add()([inputs, branch])))
    assert found.live == 3 * MAP  # the input, and what enters and leaves the second convolution


def test_normalization_and_activation_reuse_their_input() -> None:
    inputs = keras.Input((8, 8, 4))
    outputs = keras.layers.ReLU()(keras.layers.BatchNormalization()(convolution("a")(inputs)))
    assert activation_bytes(keras.Model(inputs, outputs)).live == 2 * MAP


def test_the_memory_estimate_counts_activations_for_gradients() -> None:
    """The input, the convolution's output, that of the normalization; the rectifier writes over the last."""
    inputs = keras.Input((8, 8, 4))
    outputs = keras.layers.ReLU()(keras.layers.BatchNormalization()(convolution("a")(inputs)))
    assert activation_bytes(keras.Model(inputs, outputs)).kept == 3 * MAP
    smooth = keras.layers.Activation("swish")(keras.layers.BatchNormalization()(convolution("b")(inputs)))
    assert activation_bytes(keras.Model(inputs, smooth)).kept == 4 * MAP


def test_flattening_takes_nothing_and_the_largest_tensor_is_known() -> None:
    inputs = keras.Input((8, 8, 4))
    wide = convolution("a", filters=16)(inputs)
    found = activation_bytes(keras.Model(inputs, keras.layers.Flatten()(wide)))
    assert (found.live, found.most) == (5 * MAP, 4 * MAP)


def test_nested_models_count_as_their_layers() -> None:
    inner = keras.Input((8, 8, 4))
    block = keras.Model(inner, keras.layers.Add()([inner, convolution("b")(convolution("a")(inner))]))
    inputs = keras.Input((8, 8, 4))
    nested = activation_bytes(keras.Model(inputs, block(block(inputs))))
    assert nested.live == 3 * MAP
    sequential = keras.Sequential([keras.Input((8, 8, 4)), convolution("c"), convolution("d")])
    assert activation_bytes(keras.Model(inputs, sequential(inputs))).live == 2 * MAP


def test_half_precision_takes_half() -> None:
    inputs = keras.Input((8, 8, 4), dtype="float16")
    outputs = keras.layers.Conv2D(4, 3, padding="same", dtype="float16")(inputs)
    assert activation_bytes(keras.Model(inputs, outputs)).live == MAP


def test_attention_holds_its_scores() -> None:
    inputs = keras.Input((64, 16))
    outputs = keras.layers.MultiHeadAttention(num_heads=4, key_dim=4)(inputs, inputs)
    scores = 4 * 64 * 64 * 4
    assert activation_bytes(keras.Model(inputs, outputs)).live > scores


@pytest.mark.parametrize("side", [16, 64])
def test_activations_grow_with_the_area(side: int) -> None:
    def of(size: int) -> int:
        return activation_bytes(keras.Sequential([keras.Input((size, size, 4)), convolution("a")])).live

    assert of(2 * side) == 4 * of(side)
