"""The loss of a detector: which candidates are for which box, and how far they are from it."""

from __future__ import annotations

from typing import Any

from .boxes import CLASS, CROWD
from .candidates import CELL, FIRST_DISTANCE, FIRST_LOGIT, corners

__all__ = ["assigned", "detection_loss"]

_USUAL = 4.0
"""The side in cells of the boxes that a level is for: boxes of 32 pixels with strides of 8, as RetinaNet's anchors."""

_RADIUS = 1.5
_BOX_WEIGHT = 2.0
_FOCUS = 2.0
_CLOSE = 1e-3


def detection_loss(targets: Any, outputs: Any) -> Any:
    """Return the quality focal loss of classes plus twice the complete IoU loss of boxes, (batch,).

    The first is equation 3 of Li et al. 2020 (arXiv 2006.04388) with the IoU of the predicted box as the target of its
    class; the second is ``1 - keras.utils.bounding_boxes.compute_ciou`` (Zheng et al. 2019, arXiv 1911.08287, eq. 10).
    Both are sums over candidates, divided by the number of those with a box. Candidates without a box that lie in a
    crowd are left out.

    Args:
        targets: Boxes (batch, M, 6), the columns of ``boxes.Boxes``; rows without a box are -1.
        outputs: Candidates (batch, N, 8 + classes), the columns of ``candidates``.
    """
    import keras
    import tensorflow as tf

    outputs = tf.cast(outputs, tf.float32)
    outputs = tf.concat([tf.stop_gradient(outputs[..., :FIRST_DISTANCE]), outputs[..., FIRST_DISTANCE:]], -1)
    index, has_box, in_crowd = assigned(targets, outputs)
    own = tf.gather(targets, index, batch_dims=1)
    cells = tf.tile(outputs[..., CELL:FIRST_DISTANCE], [1, 1, 2])  # in cells, small boxes are no small numbers
    true, found = own[..., :4] / cells, corners(outputs) / cells
    box_losses = 1 - keras.utils.bounding_boxes.compute_ciou(true, found, "xyxy")
    logits = outputs[..., FIRST_LOGIT:]
    classes = tf.one_hot(tf.cast(own[..., CLASS], tf.int32), tf.shape(logits)[-1])
    quality = tf.stop_gradient(_iou(true, found)) * has_box
    wanted = classes * quality[..., tf.newaxis]
    entropies = tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits)
    focal = tf.abs(wanted - tf.sigmoid(logits)) ** _FOCUS * entropies
    class_losses = tf.reduce_sum(focal, -1) * tf.maximum(has_box, 1 - in_crowd)
    sums = tf.reduce_sum(class_losses + _BOX_WEIGHT * has_box * box_losses, -1)
    return sums / tf.maximum(1.0, tf.reduce_sum(has_box, -1))


def assigned(targets: Any, outputs: Any) -> tuple[Any, Any, Any]:
    """Return the box (batch, N) of each candidate, 1 for those with a box, and 1 for those in a crowd.

    As in FCOS (Tian et al. 2019, arXiv 1904.01355, section 3.2, with centre sampling), a candidate is for a box if it
    is inside, within 1.5 cells of its centre, and on the level for its size: that whose cells are nearest to a quarter
    of its side. The candidate nearest to a centre always is for the box. The smallest of several boxes wins.
    """
    import tensorflow as tf

    x, y, width, height = (outputs[..., at, tf.newaxis] for at in range(FIRST_DISTANCE))
    left, top, right, bottom, kind, crowd = (targets[:, tf.newaxis, :, at] for at in range(CROWD + 1))
    inside = (left < x) & (x < right) & (top < y) & (y < bottom)
    real = (kind >= 0) & (crowd <= 0)
    area = tf.where(real, (right - left) * (bottom - top), 1.0)
    off_level = tf.abs(tf.math.log(area / (width * height * _USUAL**2)))
    on_level = off_level <= tf.reduce_min(off_level, 1, keepdims=True) + _CLOSE
    across, down = (x - (left + right) / 2) / width, (y - (top + bottom) / 2) / height
    distance = tf.where(on_level, across**2 + down**2, tf.float32.max)
    nearest = distance <= tf.reduce_min(distance, 1, keepdims=True)
    central = inside & (tf.abs(across) < _RADIUS) & (tf.abs(down) < _RADIUS)
    chosen = real & on_level & (central | nearest)
    index = tf.argmin(tf.where(chosen, area, tf.float32.max), -1, output_type=tf.int32)
    in_crowd = tf.reduce_any(inside & (kind >= 0) & (crowd > 0), -1)
    return index, tf.cast(tf.reduce_any(chosen, -1), tf.float32), tf.cast(in_crowd, tf.float32)


def _iou(first: Any, second: Any) -> Any:
    """Return the intersection over union of pairs of boxes (…, 4)."""
    import tensorflow as tf

    sides = tf.minimum(first[..., 2:], second[..., 2:]) - tf.maximum(first[..., :2], second[..., :2])
    shared = tf.reduce_prod(tf.maximum(sides, 0.0), -1)
    areas = [tf.reduce_prod(each[..., 2:] - each[..., :2], -1) for each in (first, second)]
    return tf.math.divide_no_nan(shared, areas[0] + areas[1] - shared)
