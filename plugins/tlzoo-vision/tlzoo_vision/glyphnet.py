"""GlyphNet: a small residual CNN for grey images of strokes, such as characters and drawings."""

from __future__ import annotations

import keras
from keras import layers

from .residual import block, convolution

STAGES: tuple[tuple[str, str], ...] = (
    ("stem", "stem_relu"),
    ("block1", "block1_relu"),
    ("block2", "block2_relu"),
    ("block3", "block3_relu"),
    ("block4", "block4_relu"),
)
"""Stage names with the name of the last layer of each, from input to output."""

CHANNELS: tuple[int, ...] = (32, 64, 128, 224)
"""Output channels of block 1, 2, …; a block with more channels than the last one halves height and width."""

SMALLEST_IMAGE_SIZE = 16


def glyphnet(image_size: int = 32, seed: int = 0) -> keras.Model:
    """Build the network with random weights.

    Input: float32 (N, image_size, image_size, 1), grey, scaled to [-1, 1] (raw 0..255 as `x / 127.5 - 1`); strokes may
    be brighter or darker than the background. Output: float32 feature map (N, h, w, 224) with
    h = w = ceil(image_size / 16), so (N, 2, 2, 224) at size 32; non-negative. Average pooling gives the declared
    vector.

    Args:
        image_size: Height and width of the input in pixels; 16 or more. It does not change the weights.
        seed: Seed of the initial weights: the same seed gives the same weights.

    Returns:
        A flat functional model (no nested models) that can be cut after each layer that `STAGES` names.

    Raises:
        ValueError: `image_size` is below 16.
    """
    if image_size < SMALLEST_IMAGE_SIZE:
        raise ValueError(f"image_size must be {SMALLEST_IMAGE_SIZE} or more. Received: image_size={image_size}")
    inputs = keras.Input((image_size, image_size, 1), name="image")
    features = convolution(inputs, "stem_conv", CHANNELS[0], kernel=5, strides=2, seed=seed)
    features = layers.BatchNormalization(name="stem_bn")(features)
    features = layers.ReLU(name="stem_relu")(features)
    before = CHANNELS[0]
    for number, channels in enumerate(CHANNELS, start=1):
        features = block(features, f"block{number}", channels, grows=channels != before, seed=seed)
        before = channels
    return keras.Model(inputs, features, name="glyphnet")
