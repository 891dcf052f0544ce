"""A trunk for screens: the DQN network for Atari games."""

from __future__ import annotations

import math

import keras
from keras import layers

__all__ = ["SMALLEST", "nature_cnn", "screens"]

SMALLEST = 36
"""Smallest height and width for the three convolutions, in pixels."""


def nature_cnn(shape: tuple[int, int, int], seed: int) -> keras.Model:
    """Return float32 (N, height, width, channels), 0 to 1, to (N, 512) (Mnih et al. 2015, doi:10.1038/nature14236)."""
    inputs = x = keras.Input(shape, name="screens")
    for number, (channels, kernel, stride) in enumerate(((32, 8, 4), (64, 4, 2), (64, 3, 1)), start=1):
        x = layers.Conv2D(
            channels, kernel, stride, activation="relu", kernel_initializer=_draw(seed + number), name=f"conv{number}"
        )(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(512, activation="relu", kernel_initializer=_draw(seed + 4), name="dense")(x)
    return keras.Model(inputs, x, name="nature-cnn")


def screens(shape: tuple[int, int, int]) -> keras.Model:
    """Return uint8 (N, height, width, channels), 0 to 255, to float32, 0 to 1."""
    inputs = keras.Input(shape, dtype="uint8", name="observations")
    return keras.Model(inputs, layers.Rescaling(1 / 255, name="rescale")(inputs), name="normalize")


def _draw(seed: int) -> keras.initializers.Initializer:
    return keras.initializers.Orthogonal(gain=math.sqrt(2), seed=seed)
