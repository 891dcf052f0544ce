"""The small residual network that is trained from scratch in the comparison; no entry has it."""

from __future__ import annotations

import keras
from keras import layers

from pretrain.imagenet.palette import palette
from tlzoo_vision.residual import block, convolution

STEM_CHANNELS = 32
BLOCKS: tuple[tuple[int, int], ...] = ((64, 1), (128, 2), (320, 1))
"""Channels and number of blocks of each stage; like the stem, each stage halves height and width."""

_CELL = 16
_PALETTE_SCALE = 8.0


def small_network(image_size: int, seed: int) -> keras.Model:
    """Build the network with random weights: 1.9 million parameters.

    Input: float32 (N, image_size, image_size, 3), RGB in [-1, 1]. Output: feature map (N, h, w, 384) with
    h = w = ceil(image_size / 16): 320 channels of the last block, and the 64 of ``palette``, which has no weights.
    """
    inputs = keras.Input((image_size, image_size, 3), name="image")
    before = STEM_CHANNELS
    features = convolution(inputs, "stem_conv", before, kernel=5, strides=2, seed=seed)
    features = layers.BatchNormalization(name="stem_bn")(features)
    features = layers.ReLU(name="stem_relu")(features)
    for place, (channels, count) in enumerate(BLOCKS, start=1):
        for number in range(1, count + 1):
            name = f"stage{place}_block{number}"
            features = block(features, name, channels, grows=channels != before, seed=seed)
            before = channels
    colours = palette(inputs, _CELL, _PALETTE_SCALE)
    return keras.Model(inputs, layers.Concatenate(name="features")([features, colours]), name="small_network")
