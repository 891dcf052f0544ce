"""Below and above a cut together compute what the whole computes."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.applications import densenet, efficientnet, nasnet

from tlzoo.backbones import Backbone, FeatureMap, Preprocessing, Sequence, image_preprocessing, stages_by_layers
from tlzoo.heads import Linear
from tlzoo.tasks import Classification
from tlzoo.training.network import Network, as_list

SIZE = 32
EFFICIENTNET_BLOCK = {"kernel_size": 3, "expand_ratio": 2, "id_skip": True, "se_ratio": 0.25}
EFFICIENTNET_BLOCKS = [
    {**EFFICIENTNET_BLOCK, "repeats": 2, "filters_in": 8, "filters_out": 8, "strides": 2},
    {**EFFICIENTNET_BLOCK, "repeats": 2, "filters_in": 8, "filters_out": 16, "strides": 1},
]
SMALL: dict[str, tuple[Callable[..., keras.Model], dict[str, Any], str]] = {
    "concatenations": (densenet.DenseNet, {"blocks": [2, 2, 2, 2]}, "pool3_pool"),
    "additions, and products with a squeezed map": (
        efficientnet.EfficientNet,
        {
            "width_coefficient": 1,
            "depth_coefficient": 1,
            "default_size": SIZE,
            "blocks_args": EFFICIENTNET_BLOCKS,
        },
        "block1b_add",
    ),
    "two tensors at each cut": (
        nasnet.NASNet,
        {
            "num_blocks": 1,
            "penultimate_filters": 96,
            "stem_block_filters": 8,
            "skip_reduction": False,
            "default_size": SIZE,
        },
        "normal_concat_2",
    ),
}
"""By the way in which tensors cross a cut: a small network of such a family, its arguments and the layer to cut at.

tlzoo-vision tests every cut of one published network per family."""


@pytest.mark.parametrize(
    "crossing", [pytest.param(each, marks=[pytest.mark.slow] if "two" in each else []) for each in SMALL]
)
def test_cuts_of_applications(crossing: str) -> None:
    build, arguments, low = SMALL[crossing]
    model = build(**arguments, weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    stages = stages_by_layers(model, [("low", low), ("high", model.layers[-1].name)])
    assert len(stages[0].cut or ()) == (2 if "two" in crossing else 1)
    backbone = Backbone(
        model, image_preprocessing((SIZE, SIZE), 3, scale=1 / 255), stages, FeatureMap(*model.output_shape[1:]), "small"
    )
    samples = np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
    check(backbone, tf.constant(samples))
    keras.backend.clear_session()


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
