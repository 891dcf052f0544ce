"""Criterion of detection: quality focal and complete IoU loss, and average precision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from tlzoo.tasks import PLAIN, mean_loss

from .average_precision import pairwise_iou
from .boxes import CLASS, CROWD, present
from .candidates import CELL, FIRST_DISTANCE, FIRST_LOGIT
from .loss import detection_loss
from .metrics import DetectionMetrics, detection_metrics, mean_precisions, standard_error

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import Decision, Labels, Loss

__all__ = ["DetectionCriterion"]

_AT_ONCE = 16
_FOUND = 0.5


@final
@dataclass(frozen=True, eq=False, slots=True)
class DetectionCriterion:
    """Outputs are candidates (N, candidates, 8 + classes); labels are boxes float32 (N, M, 6); answers (N, 100, 6)."""

    classes: tuple[str, ...]
    figure: ClassVar[str] = "box_recall"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the boxes, without the rows that no image of the batch needs."""
        most = int(present(labels).sum(axis=1).max(initial=1))
        return np.asarray(labels[:, :most], np.float32)

    def loss(self, label_smoothing: float) -> Loss:  # noqa: ARG002 - refused by the task
        """Return the loss; see ``loss.detection_loss``."""
        return detection_loss

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the share of an image's boxes that the best candidate of their class in them meets by half (IoU)."""
        spread = np.logaddexp(0, outputs[..., FIRST_DISTANCE:FIRST_LOGIT])
        cells, centres = outputs[..., CELL:FIRST_DISTANCE], outputs[..., :CELL]
        corners = np.concatenate([centres - spread[..., :2] * cells, centres + spread[..., 2:] * cells], axis=-1)
        return np.array([_share_found(*each) for each in zip(targets, outputs, corners, strict=True)], np.float64)

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean loss, mAP and AP50."""
        loss = mean_loss(_compiled_loss(), self.targets, labels, outputs, _AT_ONCE)
        whole, half, _ = mean_precisions(labels, self.answers(outputs), len(self.classes))
        return {"loss": loss, "map": whole, "map_50": half}

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the mAP and its standard error."""
        answers = self.answers(outputs)
        count = len(self.classes)
        return mean_precisions(labels, answers, count)[0], standard_error(labels, answers, count)

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return boxes (N, 100, 6): left, top, right, bottom, score and class; rows without a box are -1."""
        suppress = _compiled_suppression()
        batches = [outputs[first : first + _AT_ONCE] for first in range(0, len(outputs), _AT_ONCE)]
        return np.concatenate([suppress(each).numpy() for each in batches])

    def answer_layer(self) -> keras.Layer:
        """Return non-maximum suppression."""
        from .layers import BoxSuppression

        return BoxSuppression(dtype="float32", name="boxes")  # the defaults, as in _compiled_suppression

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> DetectionMetrics:  # noqa: ARG002 - of several labels
        """Return the average precision as COCO counts it."""
        return detection_metrics(labels, answers, self.classes)


@cache
def _compiled_loss() -> Any:
    """Return the loss as a graph: one by one, its operations take several times as long."""
    import tensorflow as tf

    return tf.function(detection_loss, autograph=False, reduce_retracing=True)


@cache
def _compiled_suppression() -> Any:
    """Return the non-maximum suppression as a graph."""
    import tensorflow as tf

    from .layers import BoxSuppression

    return tf.function(BoxSuppression(dtype="float32"), autograph=False, reduce_retracing=True)


def _share_found(targets: np.ndarray, outputs: np.ndarray, corners: np.ndarray) -> float:
    boxes = targets[present(targets) & (targets[:, CROWD] <= 0)]
    if not len(boxes):
        return 1.0
    x, y = outputs[:, :1], outputs[:, 1:CELL]
    inside = (boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])
    scores = np.where(inside, outputs[:, FIRST_LOGIT + boxes[:, CLASS].astype(np.int64)], -np.inf)
    best = scores.argmax(axis=0)
    ious: Any = pairwise_iou(corners[best], boxes[:, :4], np.zeros(len(boxes), bool)).diagonal()
    return float((inside.any(axis=0) & (ious >= _FOUND)).mean())
