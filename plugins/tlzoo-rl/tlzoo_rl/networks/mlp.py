"""A trunk for vectors: dense layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
from keras import layers

__all__ = ["mlp", "mlp_normalization"]

_LARGEST = 10.0
"""Clip limit of normalized observations, in standard deviations."""


def mlp(size: int, units: Sequence[int], activation: str, seed: int) -> keras.Model:
    """Return float32 (N, size) to (N, units of the last layer), one stage per dense layer: ``dense1``, ….

    Weights are orthogonal with gain sqrt(2) (Saxe et al. 2014, arXiv 1312.6120; for policies Andrychowicz et al. 2020,
    arXiv 2006.05990, 3.2).
    """
    inputs = x = keras.Input((size,), name="observations")
    for number, width in enumerate(units, start=1):
        kernel = keras.initializers.Orthogonal(gain=math.sqrt(2), seed=seed + number)
        x = layers.Dense(width, activation=activation, kernel_initializer=kernel, name=f"dense{number}")(x)
    return keras.Model(inputs, x, name="mlp")


def mlp_normalization(size: int) -> keras.Model:
    """Return a model that standardizes float32 (N, size) and clips at 10 standard deviations.

    The statistics are the moving ones of a BatchNormalization that never uses batch statistics. The trainer updates
    them (``tlzoo_rl.training.running_statistics``), and a saved model has them without code of this plugin.
    """
    inputs = keras.Input((size,), name="observations")
    standardize = layers.BatchNormalization(scale=False, center=False, epsilon=1e-8, name="standardize")
    standardize.trainable = False
    cut = keras.ops.clip(standardize(inputs), -_LARGEST, _LARGEST)
    return keras.Model(inputs, cut, name="normalize")
