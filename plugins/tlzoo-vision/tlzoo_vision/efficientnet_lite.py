"""EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; Google's TPU repository, `models/official/efficientnet/lite`).

EfficientNet-B0 with ReLU6 and without squeeze-and-excitation. It is built here because Keras Applications exports only
the constructors of B0 to B7. Layer names are those of Keras's EfficientNet. Stochastic depth,
used in training, is omitted.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import keras
from keras import layers

from .residual import convolution

SMALLEST_IMAGE_SIZE = 64
STEM_CHANNELS = 32
TOP_CHANNELS = 1280
_MOMENTUM = 0.9  # of the moving statistics: 0.99, Keras's default, is too slow for trainings of about a hundred steps


def block_name(place: int, number: int) -> str:
    """Return the name of a block: its group's place from 1, its number in the group from 0."""
    return f"block{place}{chr(ord('a') + number)}"


@dataclass(frozen=True, slots=True)
class _Group:
    """Inverted residual blocks with the same number of output channels; the first one has the stride."""

    repeats: int
    kernel: int
    strides: int
    expansion: int
    channels: int

    def last_layer(self, place: int) -> str:
        """Return the name of the last layer: an addition, unless the only block has no shortcut."""
        return f"{block_name(place, self.repeats - 1)}_{'add' if self.repeats > 1 else 'project_bn'}"


GROUPS = (
    _Group(1, kernel=3, strides=1, expansion=1, channels=16),
    _Group(2, kernel=3, strides=2, expansion=6, channels=24),
    _Group(2, kernel=5, strides=2, expansion=6, channels=40),
    _Group(3, kernel=3, strides=2, expansion=6, channels=80),
    _Group(3, kernel=5, strides=1, expansion=6, channels=112),
    _Group(4, kernel=5, strides=2, expansion=6, channels=192),
    _Group(1, kernel=3, strides=1, expansion=6, channels=320),
)
"""Table 1 of the paper, from input to output."""

STAGES: tuple[tuple[str, str], ...] = (
    ("stem", "stem_activation"),
    *((f"block{place}", group.last_layer(place)) for place, group in enumerate(GROUPS, start=1)),
    ("last", "top_activation"),
)
"""Stage names with the name of the last layer of each, from input to output."""


def efficientnet_lite0(image_size: tuple[int, int] = (224, 224), seed: int = 0) -> keras.Model:
    """Build the network with random weights.

    Input: float32 (N, height, width, 3), RGB, scaled from 0..255 as `(x - 127) / 128`. Output: feature map
    (N, h, w, 1280) in [0, 6] with h = ceil(height / 32) and w = ceil(width / 32): (N, 7, 7, 1280) at size 224.

    Args:
        image_size: Height and width of the input in pixels, each 64 or more. The weights do not depend on it.
        seed: Seed of the initial weights: the same seed gives the same weights.

    Returns:
        A flat functional model (no nested models) that can be cut after each layer in `STAGES`.

    Raises:
        ValueError: A side of `image_size` is below 64.

    Example:
        >>> efficientnet_lite0((96, 128)).output_shape
        (None, 3, 4, 1280)
    """
    if min(image_size) < SMALLEST_IMAGE_SIZE:
        raise ValueError(f"image_size must be {SMALLEST_IMAGE_SIZE} or more. Received: image_size={image_size}")
    inputs = keras.Input((*image_size, 3), name="image")
    features = convolution(inputs, "stem_conv", STEM_CHANNELS, strides=2, seed=seed)
    features = _normalized(features, "stem", relu=True)
    for place, group in enumerate(GROUPS, start=1):
        for number in range(group.repeats):
            strides = group.strides if number == 0 else 1
            features = _block(features, block_name(place, number), group, strides=strides, seed=seed)
    features = convolution(features, "top_conv", TOP_CHANNELS, kernel=1, seed=seed)
    return keras.Model(inputs, _normalized(features, "top", relu=True), name="efficientnet_lite0")


def _block(inputs: keras.KerasTensor, name: str, group: _Group, *, strides: int, seed: int) -> keras.KerasTensor:
    """Inverted residual block (Sandler et al. 2018): expansion, depthwise convolution, linear projection."""
    features, channels = inputs, inputs.shape[-1]
    if group.expansion > 1:
        features = convolution(features, f"{name}_expand_conv", channels * group.expansion, kernel=1, seed=seed)
        features = _normalized(features, f"{name}_expand", relu=True)
    features = _depthwise(features, f"{name}_dwconv", group.kernel, strides=strides, seed=seed)
    features = _normalized(features, name, relu=True)
    features = convolution(features, f"{name}_project_conv", group.channels, kernel=1, seed=seed)
    features = _normalized(features, f"{name}_project", relu=False)
    if strides == 1 and channels == group.channels:
        features = layers.Add(name=f"{name}_add")([features, inputs])
    return features


def _depthwise(inputs: keras.KerasTensor, name: str, kernel: int, *, strides: int, seed: int) -> keras.KerasTensor:
    """Depthwise convolution without bias; He et al. 2015, whose fan-in is Keras's fan-out of a depthwise kernel."""
    initializer = keras.initializers.VarianceScaling(
        2.0, mode="fan_out", distribution="truncated_normal", seed=zlib.crc32(f"{seed}/{name}".encode())
    )
    return layers.DepthwiseConv2D(
        kernel, strides, padding="same", use_bias=False, depthwise_initializer=initializer, name=name
    )(inputs)


def _normalized(inputs: keras.KerasTensor, name: str, *, relu: bool) -> keras.KerasTensor:
    features = layers.BatchNormalization(momentum=_MOMENTUM, name=f"{name}_bn")(inputs)
    return layers.ReLU(6.0, name=f"{name}_activation")(features) if relu else features
