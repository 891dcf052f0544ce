"""Static figures, against counts by hand and published ones."""

from dataclasses import replace

import keras
import pytest
import tensorflow as tf

from tlzoo.backbones import FeatureMap
from tlzoo.registry import Measured
from tlzoo.testing.tiny import tiny_backbone
from tlzoo.zoo.benching.distinct_calls import DistinctCalls
from tlzoo.zoo.benching.multiply_adds import multiply_adds
from tlzoo.zoo.benching.static_figures import measure_backbone


def count(function, *shapes) -> int | None:
    concrete = tf.function(function).get_concrete_function(*(tf.TensorSpec(shape) for shape in shapes))
    counts = [multiply_adds(operation) for operation in concrete.graph.get_operations()]
    return None if None in counts else sum(counts)


def test_a_network_counted_by_hand() -> None:
    """Convolutions 9 x 1 x 6 at 4x4 and 9 x 6 x 6 at 2x2; a dense layer from 6 to 8."""
    multiply = 16 * 9 * 6 + 4 * 9 * 36 + 6 * 8
    parameters = (9 * 6 + 6 + 24) + (9 * 36 + 6 + 24) + (6 * 8 + 8)
    assert measure_backbone(tiny_backbone()) == Measured(parameters, 2 * multiply, (8,))


def test_mobilenet_v2_as_published() -> None:
    """300 million multiply-adds: Sandler et al. 2018, table 4."""
    network = keras.applications.MobileNetV2(weights=None)
    assert count(lambda images: network(images, training=False), (1, 224, 224, 3)) == 300_774_272


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        (lambda a, b: tf.matmul(a, b, transpose_a=True), [(5, 2), (5, 3)], 2 * 3 * 5),
        (tf.matmul, [(7, 2, 5), (7, 5, 3)], 7 * 2 * 3 * 5),
        (lambda a, b: tf.einsum("bij,jhk->bihk", a, b), [(2, 3, 5), (5, 4, 6)], 2 * 3 * 4 * 6 * 5),
        (lambda a, b: tf.einsum("...i,ij->...j", a, b), [(2, 3, 5), (5, 4)], 2 * 3 * 4 * 5),
        (lambda a: tf.einsum("ij->ji", a), [(2, 3)], 0),
        (lambda a, b: tf.nn.conv2d(a, b, 2, "VALID"), [(1, 9, 9, 4), (3, 3, 2, 6)], 16 * 6 * 9 * 2),
        (lambda a, b: tf.nn.depthwise_conv2d(a, b, [1, 1, 1, 1], "SAME"), [(1, 8, 8, 4), (3, 3, 4, 2)], 64 * 8 * 9),
        (lambda a, b: tf.nn.conv2d_transpose(a, b, [1, 8, 8, 6], 2), [(1, 4, 4, 5), (3, 3, 6, 5)], 16 * 5 * 9 * 6),
        (tf.nn.relu, [(4, 4)], 0),
        (tf.matmul, [(None, 5), (5, 3)], None),
    ],
)
def test_operations(function, shapes, expected) -> None:
    assert count(function, *shapes) == expected


def test_a_loop_cannot_be_counted() -> None:
    def loop(a):
        return tf.while_loop(lambda b: tf.reduce_sum(b) < 9, lambda b: [tf.matmul(b, b)], [a])

    assert count(loop, (3, 3)) is None


def test_a_repeated_layer_counts_each_time() -> None:
    """Only the third convolution repeats another: others differ in weights, strides or inputs."""
    inputs = x = keras.Input((8, 8, 1))
    for strides in (1, 1, 1, 2):
        x = keras.layers.Conv2D(4, 3, strides, padding="same")(x)
    x = keras.layers.Conv2D(4, 3, padding="same")(x)
    backbone = replace(tiny_backbone(), model=keras.Model(inputs, x), features=FeatureMap(4, 4, 4))
    measured = measure_backbone(backbone)
    multiply = 64 * 9 * 4 + 2 * 64 * 9 * 16 + 2 * 16 * 9 * 16
    assert (measured.flops, measured.feature_shape) == (2 * multiply, (4, 4, 4))
    calls = DistinctCalls()
    tf.function(lambda images: calls.trace(backbone.model, images)).get_concrete_function(tf.TensorSpec((1, 8, 8, 1)))
    assert len(calls.repeated) == 1


def test_repetition_inside_a_masked_network_is_not_assumed() -> None:
    inputs = keras.Input((5,), dtype="int32")
    x = keras.layers.Embedding(7, 3, mask_zero=True)(inputs)
    for _ in range(3):
        x = keras.layers.Dense(3)(x)
    calls, model = DistinctCalls(), keras.Model(inputs, x)
    signature = tf.TensorSpec((1, 5), tf.int32)
    tf.function(lambda tokens: calls.trace(model, tokens)).get_concrete_function(signature)
    assert calls.repeated == []
