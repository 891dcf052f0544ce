"""Below and above a cut together compute what the whole computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import Backbone, FeatureMap, Preprocessing, Sequence, image_preprocessing, stages_by_layers
from tlzoo.heads import Linear
from tlzoo.tasks import Classification
from tlzoo.training.network import Network, as_list

APPLICATIONS = [
    "MobileNetV2",  # additions
    pytest.param("DenseNet121", marks=pytest.mark.slow),  # concatenations
    pytest.param("EfficientNetB0", marks=pytest.mark.slow),  # products with a squeezed map
    pytest.param("NASNetMobile", marks=pytest.mark.slow),  # two tensors at each cut
]
"""A network for each way in which tensors cross a cut. tlzoo-vision tests every cut of one network per family."""


@pytest.mark.parametrize("name", APPLICATIONS)
def test_cuts_of_applications(name: str) -> None:
    size = 32
    model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(size, size, 3))
    layers = [each.name for each in model.layers]
    stages = stages_by_layers(model, [("low", layers[len(layers) // 2]), ("high", layers[-1])])
    backbone = Backbone(
        model, image_preprocessing((size, size), 3, scale=1 / 255), stages, FeatureMap(*model.output_shape[1:]), name
    )
    samples = np.random.default_rng(0).uniform(0, 255, (2, size, size, 3)).astype("float32")
    check(backbone, tf.constant(samples))
    keras.backend.clear_session()


@pytest.mark.slow
def test_nasnet_is_cut_at_two_tensors() -> None:
    model = keras.applications.NASNetMobile(weights=None, include_top=False, input_shape=(32, 32, 3))
    low, _ = stages_by_layers(model, [("low", "normal_concat_6"), ("high", model.layers[-1].name)])
    assert low.cut is not None
    assert len(low.cut) == 2


def test_cut_of_a_nested_model() -> None:
    inner_inputs = keras.Input((16, 16, 3))
    inner = keras.Model(
        inner_inputs, keras.layers.BatchNormalization()(keras.layers.Conv2D(6, 3)(inner_inputs)), name="inner"
    )
    inputs = keras.Input((16, 16, 3))
    x = inner(keras.layers.Conv2D(3, 1, name="before")(inputs))
    outputs = keras.layers.Conv2D(4, 3, name="after")(keras.layers.Dropout(0.5)(x))
    model = keras.Model(inputs, outputs)
    stages = stages_by_layers(model, [("low", "inner"), ("high", "after")])
    backbone = Backbone(model, image_preprocessing((16, 16), 3), stages, FeatureMap(12, 12, 4), "nested")
    check(backbone, tf.random.stateless_uniform((3, 16, 16, 3), (0, 0)))


def test_cut_of_a_text_model_with_its_mask() -> None:
    backbone = text_backbone(layers=2)
    assert backbone.stages[1].cut is not None
    assert sorted(each.dtype for each in backbone.stages[1].cut) == ["bool", "float32"]
    check(backbone, tf.constant([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0], [1, 1, 1, 1, 1]]))


def text_backbone(layers: int) -> Backbone:
    """Return a model as KerasHub's BERT: tokens and an explicit mask, both inputs, attention in blocks."""
    tokens, mask = keras.Input((5,), dtype="int32", name="token_ids"), keras.Input((5,), dtype="bool", name="mask")
    x = keras.layers.LayerNormalization()(keras.layers.Embedding(8, 12)(tokens))
    boundaries = [("embeddings", x._keras_history.operation.name)]
    for number in range(layers):
        seen = keras.ops.expand_dims(mask, 1)
        y = keras.layers.MultiHeadAttention(2, 6, dropout=0.1)(x, x, attention_mask=seen)
        x = keras.layers.LayerNormalization()(x + keras.layers.Dropout(0.1)(y))
        x = keras.layers.LayerNormalization(name=f"block{number}")(x + keras.layers.Dense(12, "gelu")(x))
        boundaries.append((f"block{number}", f"block{number}"))
    model = keras.Model({"token_ids": tokens, "mask": mask}, [x, mask])
    samples = keras.Input((5,), dtype="int32")
    ready = keras.Model(samples, {"token_ids": samples, "mask": keras.ops.not_equal(samples, 0)})
    preprocessing = Preprocessing(prepare=lambda each: each, normalize=ready, shape=(5,), dtype="int32")
    return Backbone(
        model, preprocessing, stages_by_layers(model, boundaries), Sequence(5, 12, pooling="average"), "text"
    )


def check(backbone: Backbone, samples: tf.Tensor) -> None:
    """Compare every cut with the backbone itself, pooled."""
    network = Network(backbone, Linear(), Classification(("a", "b")), seed=0)
    top = len(backbone.stages) - 1
    expected = network.sever(top).below(samples, training=False)
    (features,) = as_list(expected)
    outputs = as_list(backbone.model(backbone.preprocessing.normalize(samples), training=False))
    if isinstance(backbone.features, FeatureMap):
        np.testing.assert_allclose(features, tf.reduce_mean(outputs[0], (1, 2)), rtol=1e-5, atol=1e-6)
    assert np.std(features) > 0
    for position in range(top):
        severed = network.sever(position)
        tensors = as_list(severed.below(samples, training=False))
        assert [tuple(each.shape[1:]) for each in tensors] == list(severed.shapes)
        found = severed.above(tensors if len(tensors) > 1 else tensors[0], training=False)
        np.testing.assert_allclose(found, features, rtol=1e-5, atol=1e-6)
