"""A trunk for vectors: dense layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
from keras import layers

__all__ = ["mlp", "mlp_normalization"]

_LARGEST = 10.0
"""Normalized observations are cut here: one that is ten deviations off says no more than that."""


def mlp(size: int, units: Sequence[int], activation: str, seed: int) -> keras.Model:
    """Return float32 (N, size) to (N, units of the last layer), a stage for each dense layer: ``dense1``, ….

    Weights are orthogonal with gain sqrt(2) (Saxe et al. 2014, arXiv 1312.6120; for policies Andrychowicz et al. 2020,
    arXiv 2006.05990, 3.2).
    """
    inputs = x = keras.Input((size,), name="observations")
    for number, width in enumerate(units, start=1):
        kernel = keras.initializers.Orthogonal(gain=math.sqrt(2), seed=seed + number)
        x = layers.Dense(width, activation=activation, kernel_initializer=kernel, name=f"dense{number}")(x)
    return keras.Model(inputs, x, name="mlp")


def mlp_normalization(size: int) -> keras.Model:
    """Return float32 (N, size) to the same in units of standard deviations from the mean, cut at 10 of them.

    The statistics are the moving ones of a BatchNormalization that never looks at a batch: whoever trains moves them
    (``tlzoo_rl.training.running_statistics``), and a saved model has them without any code of this plugin.
    """
    inputs = keras.Input((size,), name="observations")
    standardize = layers.BatchNormalization(scale=False, center=False, epsilon=1e-8, name="standardize")
    standardize.trainable = False
    cut = keras.ops.clip(standardize(inputs), -_LARGEST, _LARGEST)
    return keras.Model(inputs, cut, name="normalize")
