"""A small network with BatchNorm, 16x16 grey to a map of 8 channels; and what is wrong with it."""

from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf
from faulty import layers as bad
from keras import layers

from tlzoo.backbones import Backbone, FeatureMap, image_preprocessing, load_digest, stages_by_layers

INSERTED = {
    "noisy": bad.Noisy,
    "restless": bad.Restless,
    "eager": bad.EagerOnly,
    "batchwise": bad.Batchwise,
    "stopped": bad.Stopped,
    "undefined": bad.Undefined,
    "unregistered": bad.Unregistered,
}


def build(size, seed, fault=None):
    inputs = x = keras.Input((*size, 1), name="images")
    for number, (stage, channels) in enumerate((("low", 4), ("high", 8))):
        kernel = keras.initializers.HeNormal(seed=10 * seed + number)
        padding = "valid" if fault == "valid-padding" else "same"
        convolution = layers.Conv2D(
            channels, 3, 2, padding, use_bias=False, kernel_initializer=kernel, name=f"{stage}_conv"
        )
        x = convolution(x)
        x = layers.BatchNormalization(name=f"{stage}_norm")(x)
        if stage == "low" and fault in INSERTED:
            x = INSERTED[fault](name="inserted")(x)
        x = layers.LeakyReLU(name=f"{stage}_act")(x)
    return keras.Model(inputs, x, name="network")


def load(entry, files, request):
    fault = entry.options.get("fault")
    if fault == "broken":
        raise RuntimeError("the loader is broken")
    size = request.image_size or entry.input.size
    model = build(size, 7 if fault == "seedless" else request.seed, fault)
    if request.weights == "pretrained" and fault != "forgetful":
        with np.load(files["weights"]) as arrays:
            model.set_weights([arrays[f"arr_{number}"] for number in range(len(arrays.files))])
    return Backbone(
        model=model,
        preprocessing=_preprocessing(size, fault),
        stages=_stages(model, fault),
        features=FeatureMap(*model.output_shape[1:], "max" if fault == "pooling" else "average"),
        digest=load_digest(entry, files, request),
        source_head=_source_head(fault) if "weights" in files else None,
    )


def _source_head(fault):
    features = keras.Input((8,), name="features")
    kernel = "zeros" if fault == "indifferent-head" else keras.initializers.GlorotUniform(seed=3)
    activation = {"logits-head": None, "sigmoid-head": "sigmoid"}.get(fault, "softmax")
    dense = layers.Dense(4 if fault == "short-head" else 5, activation, kernel_initializer=kernel, name="classes")
    return keras.Model(features, dense(features), name="source_head")


def _preprocessing(size, fault):
    sound = image_preprocessing(size, 1, scale=1 / 127.5, offset=0.0 if fault == "range" else -1.0)
    if fault == "lambda":
        return replace(sound, normalize=keras.layers.Lambda(lambda x: x / 127.5 - 1.0))
    if fault == "unresized":
        return replace(sound, prepare=lambda image: tf.cast(image, tf.float32))
    return sound


def _stages(model, fault):
    low, high = stages_by_layers(model, [("low", "low_act"), ("high", "high_act")])
    one = "low_norm/gamma"
    if fault == "orphan":
        return replace(low, variables=low.variables - {one}), high
    if fault == "twice":
        return low, replace(high, variables=high.variables | {one})
    if fault == "late-cut":
        return replace(low, cut=(model.get_layer("high_conv").output,)), high
    return low, high
