"""What criteria share whose outputs are logits of one class out of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

__all__ = ["SoftmaxCriterion"]

_ONE_EACH = 2
"""Axes of outputs (N, classes): one class for a sample."""


class SoftmaxCriterion:
    """Answers are probabilities of classes: of a sample, or of each cell or position of one.

    A criterion inherits it, and adds the other methods of ``Criterion``.
    """

    __slots__ = ()

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities (N, …, classes) float32, which sum to 1."""
        from scipy.special import softmax

        logits = outputs.astype(np.float64) if outputs.ndim == _ONE_EACH else outputs  # maps are large
        probabilities: np.ndarray = softmax(logits, axis=-1).astype(np.float32)
        return probabilities

    def answer_layer(self) -> keras.Layer:
        """Return the softmax over classes."""
        import keras

        return keras.layers.Activation("softmax", dtype="float32", name="probabilities")
