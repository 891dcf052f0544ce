"""Class activation maps: equal to what the definition says, and in the place where the class was seen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import ClassVar

import keras
import numpy as np
import pytest

from tlzoo.backbones import Backbone, FeatureMap, image_preprocessing, stages_by_layers
from tlzoo.evaluation import activation_maps, shaded
from tlzoo.heads import MLP, Head, Linear, MapShape, Takes
from tlzoo.tasks import Classification
from tlzoo.training.network import Network

SIDE, CHANNELS = 32, 6
TASK = Classification(("one", "two", "three"))


def network_of(strides: int = 4, head=None) -> Network:
    """Return a small network of two convolutions; its features have 32 / strides / 2 cells a side."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="below")(inputs)
    x = keras.layers.Conv2D(CHANNELS, 3, strides=strides, padding="same", activation="relu", name="above")(x)
    model = keras.Model(inputs, x)
    cells = SIDE // 2 // strides
    backbone = Backbone(
        model=model,
        preprocessing=image_preprocessing((SIDE, SIDE), 3, scale=1 / 255),
        stages=stages_by_layers(model, [("below", "below"), ("above", "above")]),
        features=FeatureMap(cells, cells, CHANNELS),
        digest="0",
    )
    return Network(backbone, head or Linear(standardize=False), TASK, seed=0)


@pytest.fixture
def samples() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (10, SIDE, SIDE, 3)).astype(np.float32)


def test_for_a_linear_head_on_averages_it_is_the_class_activation_map(samples: np.ndarray) -> None:
    network, outputs = network_of(), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    maps = activation_maps(network, samples, outputs)
    features = network.backbone.model(network.backbone.preprocessing.normalize(samples)).numpy()
    kernel = network.head.get_layer("logits").kernel.numpy()
    expected = np.maximum(np.einsum("nhwc,cn->nhw", features, kernel[:, outputs]), 0)
    most = expected.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(maps, expected / np.where(most > 0, most, 1), atol=1e-5)
    assert maps.shape == (10, 4, 4)


class CellLogits(Head):
    """Logits of every cell, averaged: the same function as a linear layer on the average."""

    name: ClassVar[str] = "cell-logits"
    takes: ClassVar[Takes] = "map"

    def build(self, shape: MapShape, task: Classification, seed: int) -> keras.Model:
        inputs = keras.Input((None, None, shape.channels))
        kernel = keras.initializers.GlorotUniform(seed=seed)
        cells = keras.layers.Dense(task.outputs, kernel_initializer=kernel, name="logits")(inputs)
        return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(cells))


def test_a_head_that_takes_the_map_itself_has_the_same_maps(samples: np.ndarray) -> None:
    maps, plain = (activation_maps(network_of(head=head), samples, [1] * 10) for head in (CellLogits(), None))
    np.testing.assert_allclose(maps, plain, atol=1e-4)


def test_standardized_features_change_nothing_but_the_factors(samples: np.ndarray) -> None:
    maps = activation_maps(network_of(head=Linear()), samples, [0] * 10)
    plain = activation_maps(network_of(), samples, [0] * 10)
    np.testing.assert_allclose(maps, plain, atol=1e-4)  # its fresh statistics are 0 and 1


def test_gradients_weight_the_channels_where_the_head_is_not_linear(samples: np.ndarray) -> None:
    import tensorflow as tf

    network = network_of(head=MLP(units=(5,), dropout=0.5))
    maps = activation_maps(network, samples[:1], [2])
    cells = tf.Variable(network.backbone.model(network.backbone.preprocessing.normalize(samples[:1])))
    with tf.GradientTape() as tape:
        logit = network.head(tf.reduce_mean(cells, axis=(1, 2)), training=False)[0, 2]
    alpha = tape.gradient(logit, cells).numpy().mean(axis=(1, 2))
    expected = np.maximum((cells.numpy() * alpha[:, None, None]).sum(-1), 0)
    np.testing.assert_allclose(maps, expected / max(expected.max(), 1e-12), atol=1e-5)


def test_features_of_few_cells_leave_the_map_to_a_lower_stage(samples: np.ndarray) -> None:
    assert activation_maps(network_of(strides=8), samples, [0] * 10).shape == (10, 16, 16)


def test_the_network_is_as_it_was(samples: np.ndarray) -> None:
    network = network_of()
    before = [np.array(variable) for variable in network.variables.values()]
    whole = network.backbone.model(samples[:2]).numpy()
    activation_maps(network, samples, [0] * 10)
    assert all(np.array_equal(one, other) for one, other in zip(before, network.variables.values(), strict=True))
    assert np.array_equal(network.backbone.model(samples[:2]).numpy(), whole)


def test_a_network_without_a_feature_map_has_no_activation_maps(samples: np.ndarray) -> None:
    vector = SimpleNamespace(cut=(keras.Input((7,)),))
    uncut = SimpleNamespace(cut=None)
    network = SimpleNamespace(takes="vector", backbone=SimpleNamespace(stages=(uncut, vector)))
    assert activation_maps(network, samples, [0] * 10) is None
    assert activation_maps(network_of(), [], []) is None


def test_a_class_is_seen_where_it_is() -> None:
    """A network that adds up red on the right and blue on the left."""
    network = network_of(head=Linear(standardize=False))
    red, blue = np.zeros((3, 3, 3, 4), np.float32), np.zeros((3, 3, 4, CHANNELS), np.float32)
    red[1, 1, 0, 0], red[1, 1, 2, 1] = 1, 1
    blue[1, 1, 0, 0], blue[1, 1, 1, 1] = 1, 1
    network.backbone.model.get_layer("below").set_weights([red, np.zeros(4, np.float32)])
    network.backbone.model.get_layer("above").set_weights([blue, np.zeros(CHANNELS, np.float32)])
    kernel = np.zeros((CHANNELS, 3), np.float32)
    kernel[0, 0], kernel[1, 1] = 1, 1
    network.head.get_layer("logits").set_weights([kernel, np.zeros(3, np.float32)])
    picture = np.zeros((1, SIDE, SIDE, 3), np.float32)
    picture[0, :, SIDE // 2 :, 0], picture[0, :, : SIDE // 2, 2] = 255, 255
    of_red, of_blue = (activation_maps(network, picture, [output])[0] for output in (0, 1))
    assert of_red[:, 2:].min() > 0.9
    assert of_red[:, :2].max() == 0
    assert np.array_equal(of_blue, of_red[:, ::-1])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_shaded_picture_is_red_where_the_map_is_high_and_grey_where_it_is_low(channels: int) -> None:
    heat = np.zeros((4, 4), np.float32)
    heat[:, 3] = 1
    picture = shaded(np.full((20, 30, channels), 128.0), heat)
    assert (picture.shape, picture.dtype) == ((20, 30, 3), np.uint8)
    assert picture[10, -1, 0] > picture[10, -1, 2] + 60
    assert (picture[10, 0] == 128).all()
