"""Residual block of the packaged networks."""

from __future__ import annotations

import zlib

import keras
from keras import layers


def block(inputs: keras.KerasTensor, name: str, channels: int, *, grows: bool, seed: int) -> keras.KerasTensor:
    """Two 3x3 convolutions with a shortcut (He et al. 2016, with average pooling in the shortcut: He et al. 2019).

    Args:
        inputs: Feature map (N, h, w, C).
        name: Prefix of the names of all its layers; the last one is `{name}_relu`.
        channels: Number of output channels.
        grows: Whether the block halves height and width (rounding up) and changes the channels.
        seed: Seed of the initial weights, together with the layer's name.

    Returns:
        Non-negative feature map with `channels` channels, (N, ceil(h / 2), ceil(w / 2), channels) if it grows.
    """
    features = convolution(inputs, f"{name}_conv1", channels, strides=2 if grows else 1, seed=seed)
    features = layers.BatchNormalization(name=f"{name}_bn1")(features)
    features = layers.ReLU(name=f"{name}_relu1")(features)
    features = convolution(features, f"{name}_conv2", channels, seed=seed)
    features = layers.BatchNormalization(name=f"{name}_bn2")(features)
    shortcut = inputs
    if grows:
        shortcut = layers.AveragePooling2D(2, padding="same", name=f"{name}_shortcut_pool")(shortcut)
        shortcut = convolution(shortcut, f"{name}_shortcut_conv", channels, kernel=1, seed=seed)
        shortcut = layers.BatchNormalization(name=f"{name}_shortcut_bn")(shortcut)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([shortcut, features]))


def convolution(
    inputs: keras.KerasTensor,
    name: str,
    channels: int,
    *,
    kernel: int = 3,
    strides: int = 1,
    seed: int,
) -> keras.KerasTensor:
    """Convolution without bias, its weights a function of `seed` and `name` (He et al. 2015, normal)."""
    initializer = keras.initializers.HeNormal(seed=zlib.crc32(f"{seed}/{name}".encode()))
    return layers.Conv2D(
        channels, kernel, strides, padding="same", use_bias=False, kernel_initializer=initializer, name=name
    )(inputs)
