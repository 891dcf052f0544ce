"""Criterion of multi-label classification: binary cross-entropy per class, and mean average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

from tlzoo.tasks.criterion import FOCUS
from tlzoo.tasks.decision import PLAIN
from tlzoo.tasks.standard_errors import error_by_jackknife

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks.criterion import Loss
    from tlzoo.tasks.decision import Decision
    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.multi_label.metrics import MultiLabelMetrics
    from tlzoo.tasks.options import Balance

__all__ = ["MultiLabelCriterion"]


@final
@dataclass(frozen=True, eq=False, slots=True)
class MultiLabelCriterion:
    """Outputs are independent logits of ``classes``; labels are float32 (N, K), 0 or 1.

    ``counts`` (K,) are the training samples of each class, of ``samples`` in total. Phases are compared by
    the mean average precision over the classes, which needs no threshold.
    """

    classes: tuple[str, ...]
    counts: np.ndarray
    samples: int
    balance: Balance = "none"
    figure: ClassVar[str] = "label_accuracy"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the labels, which are also the targets."""
        return np.asarray(labels, np.float32)

    def loss(self, label_smoothing: float) -> Loss:
        """Return the binary cross-entropy in nats, averaged over classes; focal or weighted, by ``balance``.

        Weighted: the loss of positive labels is multiplied by the ratio of negative to positive labels.
        """
        import keras
        import tensorflow as tf

        if self.balance == "focal":
            focal: Loss = keras.losses.BinaryFocalCrossentropy(
                gamma=FOCUS, from_logits=True, label_smoothing=label_smoothing, reduction=None
            )
            return focal
        if self.balance == "none":
            entropy: Loss = keras.losses.BinaryCrossentropy(
                from_logits=True, label_smoothing=label_smoothing, reduction=None
            )
            return entropy
        factors = tf.constant(np.where(self.counts > 0, self.samples / np.maximum(self.counts, 1) - 1, 1), tf.float32)

        def weighted(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
            smoothed = targets * (1 - label_smoothing) + label_smoothing / 2
            losses = tf.nn.weighted_cross_entropy_with_logits(smoothed, outputs, tf.maximum(factors, 1e-3))
            return tf.reduce_mean(losses, axis=-1)

        return weighted

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the share of correct labels."""
        share: np.ndarray = ((outputs >= 0) == (targets >= 0.5)).mean(axis=1, dtype=np.float64)  # noqa: PLR2004 - a half
        return share

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean cross-entropy (nats), the share of correct labels, and the mean average precision."""
        logits = outputs.astype(np.float64)
        losses = np.logaddexp(0.0, np.where(labels > 0, -logits, logits))
        return {
            "loss": float(losses.mean()),
            "label_accuracy": float(((outputs >= 0) == (labels > 0)).mean()),
            "mean_average_precision": self._mean_average_precision(labels, outputs),
        }

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the mean average precision and its standard error, by the jackknife."""
        error = error_by_jackknife(len(labels), lambda left: self._mean_average_precision(labels[left], outputs[left]))
        return self._mean_average_precision(labels, outputs), error

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return independent probabilities (N, classes) float32."""
        return np.asarray(
            (1 + np.tanh(outputs.astype(np.float64) / 2)) / 2, np.float32
        )  # the sigmoid, without overflow

    def answer_layer(self) -> keras.Layer:
        """Return the sigmoid."""
        import keras

        return keras.layers.Activation("sigmoid", dtype="float32", name="probabilities")

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> MultiLabelMetrics:
        """Return F1, average precision and other metrics."""
        from tlzoo.tasks.multi_label.metrics import multi_label_metrics

        return multi_label_metrics(labels, answers, self.classes, decision.thresholds)

    def _mean_average_precision(self, labels: Labels, outputs: np.ndarray) -> float:
        from tlzoo.tasks.multi_label.metrics import mean_average_precision

        return mean_average_precision(labels, outputs)
