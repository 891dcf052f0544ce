"""The linear head: one dense layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from tlzoo.heads.contract import Head

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import Task

__all__ = ["Linear"]

_EPSILON = 1e-3
"""Epsilon of the variance."""


class Linear(Head):
    """One dense layer from pooled features to logits.

    The scale of features differs by orders of magnitude between backbones, so one learning rate does not fit all:
    features are first standardized by the statistics of the training batches (batch normalization without scale and
    offset, as in the linear probes of He et al. 2022, arXiv 2111.06377, appendix A.1).
    """

    name: ClassVar[str] = "linear"

    standardize: bool = Field(default=True, description="standardize the features by their training statistics")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="dropout rate of the features")

    def build(self, size: int, task: Task, seed: int) -> keras.Model:
        """Return (batch, size) to logits, or standardized numbers, (batch, outputs)."""
        import keras

        inputs = keras.Input((size,), name="features")
        x = inputs
        if self.standardize:
            standardize = keras.layers.BatchNormalization(
                scale=False, center=False, momentum=0.9, epsilon=_EPSILON, name="standardize"
            )
            x = standardize(x)
        if self.dropout:
            x = keras.layers.Dropout(self.dropout, seed=seed, name="dropout")(x)
        kernel = keras.initializers.GlorotUniform(seed=seed)
        logits = keras.layers.Dense(task.outputs, kernel_initializer=kernel, dtype="float32", name="logits")(x)
        return keras.Model(inputs, logits, name="head")

    def as_dense(self, weights: Mapping[str, np.ndarray], task: Task) -> tuple[np.ndarray, np.ndarray] | None:
        """Return kernel and bias on unscaled features; None unless outputs are logits of exclusive classes.

        The statistics are included: with mean m and deviation s, kernel K / s and bias b - m K / s.
        """
        kernel, bias = weights.get("logits/kernel"), weights.get("logits/bias")
        if not task.class_logits or kernel is None or bias is None:
            return None
        if self.standardize:
            mean, variance = weights.get("standardize/moving_mean"), weights.get("standardize/moving_variance")
            if mean is None or variance is None:
                return None
            kernel = kernel / np.sqrt(variance + _EPSILON)[:, np.newaxis]
            bias = bias - mean @ kernel
        return kernel, bias
