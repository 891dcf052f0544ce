"""ColourNet: a small residual CNN for colour images of objects."""

from __future__ import annotations

import keras
from keras import layers

from .palette import palette
from .residual import block, convolution

STEM_CHANNELS = 32
BLOCKS: tuple[tuple[int, int], ...] = ((64, 1), (128, 2), (320, 1))
"""Channels and number of blocks of stage 1, 2, …; like the stem, each halves height and width."""

STAGES: tuple[tuple[str, str], ...] = (
    ("stem", "stem_relu"),
    *((f"stage{place}", f"stage{place}_block{count}_relu") for place, (_, count) in enumerate(BLOCKS, start=1)),
)
"""Stage names with the name of the last layer of each, from input to output."""

LAST_LEARNED = STAGES[-1][1]
"""The last trained layer; its output is concatenated with the palette."""

SMALLEST_IMAGE_SIZE = 32
_CELL = 16
_PALETTE_SCALE = 8.0  # the best of 0, 1, 2, 4 and 8 on the proxy task of the training scripts


def colournet(image_size: int = 64, seed: int = 0) -> keras.Model:
    """Build the network with random weights.

    Input: float32 (N, image_size, image_size, 3), RGB, scaled to [-1, 1] (raw 0..255 as `x / 127.5 - 1`). Output:
    feature map (N, h, w, 384) with h = w = ceil(image_size / 16), so (N, 4, 4, 384) at size 64; non-negative: 320
    channels of the last block, and 64 of `palette`, which has no weights. Average pooling gives the declared vector.

    Args:
        image_size: Height and width of the input in pixels; 32 or more. It does not change the weights.
        seed: Seed of the initial weights: the same seed gives the same weights.

    Returns:
        A flat functional model (no nested models) that can be cut after each layer that `STAGES` names.

    Raises:
        ValueError: `image_size` is below 32.
    """
    if image_size < SMALLEST_IMAGE_SIZE:
        raise ValueError(f"image_size must be {SMALLEST_IMAGE_SIZE} or more. Received: image_size={image_size}")
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
    return keras.Model(inputs, layers.Concatenate(name="features")([features, colours]), name="colournet")
