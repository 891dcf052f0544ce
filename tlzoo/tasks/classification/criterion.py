"""Criterion of classification: cross-entropy, and accuracy or, with balanced classes, balanced accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from tlzoo.tasks.criterion import FOCUS
from tlzoo.tasks.decision import PLAIN
from tlzoo.tasks.softmax import SoftmaxCriterion
from tlzoo.tasks.standard_errors import error_of_shares

if TYPE_CHECKING:
    from tlzoo.tasks.classification.metrics import ClassificationMetrics
    from tlzoo.tasks.criterion import Loss
    from tlzoo.tasks.decision import Decision
    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.options import Balance

__all__ = ["ClassificationCriterion"]


@final
@dataclass(frozen=True, eq=False, slots=True)
class ClassificationCriterion(SoftmaxCriterion):
    """Outputs are logits of ``classes``; labels are int64 (N,), class indices.

    ``counts`` (K,) are the training samples of each class. If ``balance`` balances the classes, validation is
    balanced too: the score is the balanced accuracy (the mean of the classes' recalls), and the validation
    loss the mean of the classes' losses. Otherwise they are the accuracy and the plain mean.
    """

    classes: tuple[str, ...]
    counts: np.ndarray
    balance: Balance = "none"
    figure: ClassVar[str] = "accuracy"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return one-hot rows."""
        return np.asarray(labels[:, np.newaxis] == np.arange(len(self.classes)), np.float32)

    def loss(self, label_smoothing: float) -> Loss:
        """Return the cross-entropy in nats; focal or with adjusted logits, by ``balance``.

        Adjusted (Menon et al. 2020, arXiv 2007.07314, eq. 10, tau = 1): the logarithms of the class frequencies are
        added to the logits in training, so the plain logits are correct for equally frequent classes.
        """
        import keras
        import tensorflow as tf

        if self.balance == "focal":
            focal: Loss = keras.losses.CategoricalFocalCrossentropy(
                alpha=1.0, gamma=FOCUS, from_logits=True, label_smoothing=label_smoothing, reduction=None
            )
            return focal
        entropy: Loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=label_smoothing, reduction=None
        )
        if self.balance != "logit-adjust":
            return entropy
        prior = tf.constant(np.log(self.counts / self.counts.sum()), tf.float32)
        return lambda targets, outputs: entropy(targets, outputs + prior)

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return 1 if the most likely class is the one with the largest target, else 0."""
        right: np.ndarray = (outputs.argmax(axis=1) == targets.argmax(axis=1)).astype(np.float64)
        return right

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean cross-entropy (nats), the accuracy, and the balanced accuracy if classes are balanced."""
        logits = outputs.astype(np.float64)
        shifted = logits - logits.max(axis=1, keepdims=True)
        losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
        right = outputs.argmax(axis=1) == labels
        if self.balance == "none":
            return {"loss": float(losses.mean()), "accuracy": float(right.mean())}
        return {
            "loss": float(np.mean(self._by_class(labels, losses)[0])),
            "accuracy": float(right.mean()),
            "balanced_accuracy": float(np.mean(self._by_class(labels, right)[0])),
        }

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the accuracy or balanced accuracy, and its standard error."""
        right = outputs.argmax(axis=1) == labels
        if self.balance == "none":
            accuracy = float(right.mean())
            return accuracy, error_of_shares(np.array([accuracy]), np.array([len(labels)]))
        recalls, counts = self._by_class(labels, right)
        return float(recalls.mean()), error_of_shares(recalls, counts)

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> ClassificationMetrics:  # noqa: ARG002 - of several labels
        """Return accuracy, F1 and other metrics."""
        from tlzoo.tasks.classification.metrics import classification_metrics

        return classification_metrics(labels, answers, self.classes)

    def _by_class(self, labels: Labels, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean value of each class with samples, and its number of samples."""
        counts = np.bincount(labels, minlength=len(self.classes))
        sums = np.bincount(labels, weights=values, minlength=len(self.classes))
        there = counts > 0
        return sums[there] / counts[there], counts[there]
