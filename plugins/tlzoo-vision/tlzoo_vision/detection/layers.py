"""Keras layers of detectors: candidates from maps, and non-maximum suppression."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from .candidates import FIRST_LOGIT, corners

__all__ = ["BoxCandidates", "BoxSuppression"]

_ROUNDS = 16
_COLUMNS = 6


@keras.saving.register_keras_serializable("tlzoo_vision")
class BoxCandidates(keras.layers.Layer):  # type: ignore[misc]
    """Returns the cells of a level as candidates: their places, and the distances and logits of their boxes."""

    def call(self, maps: list[Any]) -> Any:
        """Return candidates (batch, cells, 8 + classes), the columns of ``candidates.corners``.

        ``maps`` are distances (batch, height, width, 4) and logits (batch, height, width, classes).
        """
        distances, logits = maps
        static, dynamic = distances.shape, ops.shape(distances)
        height, width = (static[axis] or dynamic[axis] for axis in (1, 2))
        down, right = (ops.cast(each, "float32") for each in (height, width))
        y = (ops.arange(0, height, dtype="float32") + 0.5) / down
        x = (ops.arange(0, width, dtype="float32") + 0.5) / right
        zeros = ops.zeros_like(distances[..., :1])
        columns = [
            zeros + ops.reshape(x, (1, 1, -1, 1)),
            zeros + ops.reshape(y, (1, -1, 1, 1)),
            zeros + 1 / right,
            zeros + 1 / down,
            distances,
            logits,
        ]
        flat = ops.concatenate(columns, axis=-1)
        cells = -1 if None in static[1:3] else static[1] * static[2]
        return ops.reshape(flat, (-1, cells, FIRST_LOGIT + logits.shape[-1]))

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Return (batch, cells, 8 + classes)."""
        (batch, height, width, _), logits = shapes
        cells = None if height is None or width is None else height * width
        return (batch, cells, FIRST_LOGIT + (logits[-1] or 0))


@keras.saving.register_keras_serializable("tlzoo_vision")
class BoxSuppression(keras.layers.Layer):  # type: ignore[misc]
    """Returns the best boxes of candidates, without those that overlap a better box of the same class.

    This is greedy non-maximum suppression among the ``considered`` best scores. A box is kept if no better box that is
    kept overlaps it. Matrices decide this in rounds, which resolve chains of up to 16 overlapping boxes, instead of a
    loop over boxes. So every format can hold it: few formats can hold ``tf.image.combined_non_max_suppression``, or
    ``keras_hub.layers.NonMaxSuppression``, which is a while loop. There is no division by an area, because quantized
    areas may be 0.
    """

    def __init__(
        self, most: int = 100, considered: int = 300, overlap: float = 0.6, least_score: float = 0.05, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.most, self.considered, self.overlap, self.least_score = most, considered, overlap, least_score

    def call(self, candidates: Any) -> Any:
        """Return boxes (batch, most, 6): left, top, right, bottom, score and class; rows without a box are -1."""
        classes = candidates.shape[-1] - FIRST_LOGIT
        scores = ops.sigmoid(candidates[..., FIRST_LOGIT:])
        flat = ops.reshape(scores, (-1, classes if candidates.shape[1] is None else candidates.shape[1] * classes))
        if candidates.shape[1] is None:
            flat = ops.reshape(scores, (ops.shape(scores)[0], -1))
        filled = ops.zeros_like(flat[:, :1]) + ops.full((1, self.considered), -1.0)  # if there are fewer candidates
        best, places = ops.top_k(ops.concatenate([filled, flat], axis=1), self.considered)
        places = ops.maximum(places - self.considered, 0)
        kinds = ops.cast(places % classes, "float32")
        boxes = ops.take_along_axis(corners(candidates), ops.expand_dims(places // classes, -1), axis=1)
        boxes = ops.clip(boxes, 0.0, 1.0)
        kept = self._kept(boxes, best, kinds)
        rows = ops.concatenate([boxes, ops.expand_dims(best, -1), ops.expand_dims(kinds, -1)], axis=-1)
        best, order = ops.top_k(ops.where(kept > 0, best, -1.0), self.most)
        rows = ops.take_along_axis(rows, ops.expand_dims(order, -1), axis=1)
        return ops.where(ops.expand_dims(best, -1) > 0, rows, -1.0)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, most, 6)."""
        return (shape[0], self.most, _COLUMNS)

    def get_config(self) -> dict[str, Any]:
        """Return the options."""
        own = {name: getattr(self, name) for name in ("most", "considered", "overlap", "least_score")}
        return {**super().get_config(), **own}

    def _kept(self, boxes: Any, scores: Any, kinds: Any) -> Any:
        """Return 1 for boxes (batch, considered) that are kept, else 0; scores are in descending order."""
        overlaps = _overlap(boxes, self.overlap)
        same = ops.expand_dims(kinds, 2) == ops.expand_dims(kinds, 1)
        order = ops.arange(self.considered)
        better = ops.expand_dims(order, 1) < ops.expand_dims(order, 0)
        suppressing = ops.cast(ops.logical_and(ops.logical_and(overlaps, same), better), "float32")
        valid = ops.cast(scores >= self.least_score, "float32")
        kept = valid
        for _ in range(_ROUNDS):
            kept = valid * (1 - ops.max(suppressing * ops.expand_dims(kept, 2), axis=1))
        return kept


def _overlap(boxes: Any, least: float) -> Any:
    """Return which pairs of boxes (batch, N, 4) have an IoU above ``least``, (batch, N, N)."""
    one, other = ops.expand_dims(boxes, 2), ops.expand_dims(boxes, 1)
    sides = ops.minimum(one[..., 2:], other[..., 2:]) - ops.maximum(one[..., :2], other[..., :2])
    shared = ops.relu(sides[..., 0]) * ops.relu(sides[..., 1])
    areas = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    union = ops.expand_dims(areas, 2) + ops.expand_dims(areas, 1) - shared
    return shared > least * union
