"""One class of several: cross-entropy, judged by accuracy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

if TYPE_CHECKING:
    from tlzoo.data import Labels
    from tlzoo.training.criteria.contract import Loss

__all__ = ["ClassificationCriterion"]


@final
@dataclass(frozen=True, slots=True)
class ClassificationCriterion:
    """Outputs are logits of ``classes`` classes; labels int64 (N,), positions in them."""

    classes: int
    figure: ClassVar[str] = "accuracy"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return one-hot rows."""
        return np.eye(self.classes, dtype=np.float32)[labels]

    def loss(self, label_smoothing: float) -> Loss:
        """Return the cross-entropy in nats."""
        import keras

        entropy: Loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=label_smoothing, reduction=None
        )
        return entropy

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return 1 where the likeliest class is the one with the largest target."""
        right: np.ndarray = (outputs.argmax(axis=1) == targets.argmax(axis=1)).astype(np.float64)
        return right

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean cross-entropy (nats) and the accuracy."""
        logits = outputs.astype(np.float64)
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_likelihood = shifted[np.arange(len(labels)), labels] - np.log(np.exp(shifted).sum(axis=1))
        accuracy = float((logits.argmax(axis=1) == labels).mean())
        return {"loss": float(-log_likelihood.mean()), "accuracy": accuracy}

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the accuracy and its standard error.

        Two successes and two failures are added for the error, so that a perfect score is not taken for certain
        (Agresti and Coull 1998).
        """
        accuracy = float((outputs.argmax(axis=1) == labels).mean())
        smoothed = (accuracy * len(labels) + 2) / (len(labels) + 4)
        return accuracy, math.sqrt(smoothed * (1 - smoothed) / (len(labels) + 4))
