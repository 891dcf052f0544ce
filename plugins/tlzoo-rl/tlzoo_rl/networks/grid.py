"""A trunk for grids of cells with object, colour and state, as in MiniGrid."""

from __future__ import annotations

import math

import keras
from keras import layers, ops

__all__ = ["CODES", "SMALLEST", "grid_cnn", "one_hot_cells"]

CODES = (11, 6, 4)
"""Numbers of kinds of objects, colours and states of a cell; larger codes are encoded as zeros."""

SMALLEST = 5
"""Smallest height and width for two 3 x 3 convolutions, in cells."""


def grid_cnn(height: int, width: int, seed: int) -> keras.Model:
    """Return float32 (N, height, width, 21) to (N, 64): two convolutions without padding, and a dense layer.

    After the network of the MiniGrid authors' own agents (Chevalier-Boisvert et al. 2023, arXiv 2306.13831), but
    smaller, and on one-hot encoded cells.
    """
    inputs = x = keras.Input((height, width, sum(CODES)), name="cells")
    for number, channels in enumerate((16, 32), start=1):
        x = layers.Conv2D(
            channels, 3, activation="relu", kernel_initializer=_draw(seed + number), name=f"conv{number}"
        )(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(64, activation="relu", kernel_initializer=_draw(seed + 3), name="dense")(x)
    return keras.Model(inputs, x, name="grid-cnn")


def one_hot_cells(height: int, width: int) -> keras.Model:
    """Return uint8 (N, height, width, 3) to float32 (N, height, width, 21): one-hot encoded properties of cells."""
    inputs = keras.Input((height, width, len(CODES)), dtype="uint8", name="observations")
    parts = [
        ops.one_hot(ops.cast(ops.take(inputs, position, axis=-1), "int32"), codes)
        for position, codes in enumerate(CODES)
    ]
    return keras.Model(inputs, ops.concatenate(parts, axis=-1), name="normalize")


def _draw(seed: int) -> keras.initializers.Initializer:
    return keras.initializers.Orthogonal(gain=math.sqrt(2), seed=seed)
