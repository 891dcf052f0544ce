"""Criterion of segmentation: cross-entropy with Dice, and mean IoU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

import numpy as np

from tlzoo.tasks import PLAIN, SoftmaxCriterion, mean_loss

from .confusion import confusions, iou_of, mean_of
from .masks import IGNORED
from .metrics import SegmentationMetrics, segmentation_metrics, standard_error

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks import Decision, Labels, Loss

__all__ = ["SegmentationCriterion", "SegmentationLoss"]

SegmentationLoss = Literal["cross-entropy", "dice", "cross-entropy and dice"]

_AT_ONCE = 16
_SMOOTH = 1.0


@final
@dataclass(frozen=True, eq=False, slots=True)
class SegmentationCriterion(SoftmaxCriterion):
    """Outputs are logits (N, h, w, classes) of any height and width; labels are uint8 (N, height, width).

    ``weights``, float32 (classes,), are those of pixels in the cross-entropy, 1 on average over the training pixels.
    """

    classes: tuple[str, ...]
    weights: np.ndarray
    kind: SegmentationLoss = "cross-entropy and dice"
    figure: ClassVar[str] = "pixel_accuracy"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the class indices as float32 (N, height, width)."""
        return np.asarray(labels, np.float32)

    def loss(self, label_smoothing: float) -> Loss:  # noqa: ARG002 - refused by the task
        """Return the mean cross-entropy of an image's pixels (nats), its Dice loss, or their sum.

        The Dice loss is one minus the mean Dice coefficient of probabilities over the classes in the image (Milletari
        et al. 2016, arXiv 1606.04797, section 3, without squares, as in nnU-Net: Isensee et al. 2018, arXiv 1809.10486,
        eq. 1). Logits are enlarged to the size of the targets (bilinear). Ignored pixels count in neither.
        """
        import tensorflow as tf

        weights = tf.constant(self.weights, tf.float32)

        def loss(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
            logits = tf.image.resize(tf.cast(outputs, tf.float32), tf.shape(targets)[1:3])
            truth = tf.one_hot(tf.cast(targets, tf.int32), len(self.classes))  # zeros for ignored pixels
            total = tf.zeros(tf.shape(targets)[0])
            if self.kind != "dice":
                total += _cross_entropy(truth, logits, weights)
            if self.kind != "cross-entropy":
                total += _dice_loss(truth, logits)
            return total

        return loss

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the share of an image's pixels with the right class, at the size of the outputs."""
        height, width = outputs.shape[1:3]
        down, right = (
            ((np.arange(new) + 0.5) * length / new).astype(np.int64)
            for length, new in zip(targets.shape[1:], (height, width), strict=True)
        )
        truth = np.asarray(targets)[:, down[:, np.newaxis], right]
        known = truth < IGNORED
        found = ((outputs.argmax(axis=-1) == truth) & known).sum(axis=(1, 2))
        shares: np.ndarray = found / np.maximum(known.sum(axis=(1, 2)), 1)
        return shares

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean loss, the mean IoU and the pixel accuracy."""
        counts = confusions(labels, self.answers(outputs)).sum(axis=0)
        return {
            "loss": mean_loss(self.loss(0.0), self.targets, labels, outputs, _AT_ONCE),
            "mean_iou": float(mean_of(iou_of(counts))),
            "pixel_accuracy": float(np.trace(counts) / max(1, counts.sum())),
        }

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the mean IoU and its standard error."""
        counts = confusions(labels, self.answers(outputs))
        return float(mean_of(iou_of(counts.sum(axis=0)))), standard_error(counts)

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> SegmentationMetrics:  # noqa: ARG002 - of several labels
        """Return IoU, Dice and pixel accuracy."""
        return segmentation_metrics(labels, answers, self.classes)


def _cross_entropy(truth: Any, logits: Any, weights: Any) -> Any:
    """Return the weighted mean over the pixels of each image, (batch,)."""
    import tensorflow as tf

    weighted = truth * weights
    sums = tf.reduce_sum(weighted * -tf.nn.log_softmax(logits), (1, 2, 3))
    return tf.math.divide_no_nan(sums, tf.reduce_sum(weighted, (1, 2, 3)))


def _dice_loss(truth: Any, logits: Any) -> Any:
    """Return one minus the mean Dice coefficient over the classes of each image, (batch,)."""
    import tensorflow as tf

    known = tf.reduce_sum(truth, -1, keepdims=True)
    odds = tf.nn.softmax(logits) * known
    true = tf.reduce_sum(truth, (1, 2))
    shared, predicted = tf.reduce_sum(odds * truth, (1, 2)), tf.reduce_sum(odds, (1, 2))
    coefficients = (2 * shared + _SMOOTH) / (true + predicted + _SMOOTH)
    there = tf.cast(true > 0, tf.float32)
    count = tf.reduce_sum(there, -1)
    return tf.math.divide_no_nan(tf.reduce_sum(there * (1 - coefficients), -1), count)
