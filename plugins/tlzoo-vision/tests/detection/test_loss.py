"""Which candidates are for which box, and the loss against its formulas."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from tlzoo_vision.detection.candidates import INITIAL_DISTANCE, corners
from tlzoo_vision.detection.criterion import DetectionCriterion
from tlzoo_vision.detection.loss import assigned, detection_loss


def candidates(cells: tuple[int, ...] = (16, 8), classes: int = 2) -> np.ndarray:
    """Return the candidates of a new detector (1, N, 8 + classes) on levels with so many cells a side."""
    rows = []
    for side in cells:
        y, x = np.mgrid[0:side, 0:side] + 0.5
        level = np.zeros((side * side, 8 + classes), np.float32)
        level[:, 0], level[:, 1] = x.ravel() / side, y.ravel() / side
        level[:, 2:4] = 1 / side
        level[:, 4:8] = INITIAL_DISTANCE
        rows.append(level)
    return np.concatenate(rows)[np.newaxis]


def targets(*boxes: list[float]) -> np.ndarray:
    return np.array([[*boxes, [-1] * 6]], np.float32)


def test_a_new_detector_has_boxes_of_four_cells() -> None:
    found = np.asarray(corners(candidates((8,))))[0]
    assert np.allclose(found[:, 2:] - found[:, :2], 4 / 8, atol=1e-6)
    assert np.allclose((found[:, 2:] + found[:, :2]) / 2, candidates((8,))[0, :, :2], atol=1e-6)


def test_candidates_near_the_centre_of_a_box_on_its_level_are_for_it() -> None:
    small, large = [0.25, 0.25, 0.5, 0.5, 1, 0], [0.125, 0.25, 0.625, 0.75, 0, 0]  # sides of 4 cells of each level
    index, has_box, in_crowd = (np.asarray(each)[0] for each in assigned(targets(small, large), candidates()))
    places = candidates()[0, :, :2]
    for level, box, side in ((slice(0, 256), 0, 16), (slice(256, None), 1, 8)):
        mine = np.flatnonzero((has_box[level] > 0) & (index[level] == box))
        centre = np.array([0.375, 0.375 if box == 0 else 0.5])
        assert (np.abs(places[level][mine] - centre) * side < 1.5).all()
        assert len(mine) == {0: 4, 1: 4}[box]
        assert has_box[level].sum() == len(mine)
    assert not in_crowd.any()


def test_the_smallest_of_several_boxes_wins_and_a_tiny_one_has_its_nearest_candidate() -> None:
    small, large = [0.3, 0.3, 0.5, 0.5, 0, 0], [0.25, 0.25, 0.55, 0.55, 1, 0]
    index, has_box, _ = (np.asarray(each)[0] for each in assigned(targets(large, small), candidates((16,))))
    assert set(index[has_box > 0]) == {1}
    tiny = [0.501, 0.501, 0.503, 0.503, 0, 0]  # between the centres of four cells
    _, has_box, _ = (np.asarray(each)[0] for each in assigned(targets(tiny), candidates((16,))))
    assert candidates((16,))[0, has_box > 0, :2].tolist() == [[0.53125, 0.53125]]


def test_candidates_in_a_crowd_are_left_out_of_the_loss() -> None:
    crowd = [0.0, 0.0, 0.5, 1.0, 0, 1]
    outputs = candidates((8,))
    _, has_box, in_crowd = assigned(targets(crowd), outputs)
    assert not np.asarray(has_box).any()
    assert np.asarray(in_crowd)[0].sum() == 32
    whole, half = float(detection_loss(targets(), outputs)[0]), float(detection_loss(targets(crowd), outputs)[0])
    assert whole == pytest.approx(2 * half, rel=1e-5)
    assert whole == pytest.approx(64 * 2 * 0.25 * math.log(2), rel=1e-5)  # logits of 0: |0 - .5|^2 times the entropy


def test_the_loss_of_one_candidate_is_quality_focal_plus_twice_the_complete_iou_loss() -> None:
    outputs = candidates((1,))
    outputs[0, 0, 4:8] = math.log(math.expm1(0.4))  # distances of 0.4 cells: the box is 0.1 to 0.9
    outputs[0, 0, 8:] = [1.0, -2.0]
    box = [0.1, 0.1, 0.9, 0.5, 0, 0]
    iou = 0.5
    own = 1 / (1 + np.exp(-outputs[0, 0, 8:].astype(np.float64)))
    wanted = np.array([iou, 0])
    focal = (np.abs(wanted - own) ** 2 * -(wanted * np.log(own) + (1 - wanted) * np.log(1 - own))).sum()
    shape = 4 / math.pi**2 * (math.atan(0.8 / 0.4) - math.atan(1)) ** 2
    complete = iou - 0.2**2 / (0.8**2 + 0.8**2) - shape**2 / (1 - iou + shape)
    assert float(detection_loss(targets(box), outputs)[0]) == pytest.approx(focal + 2 * (1 - complete), rel=1e-4)


def test_quality_is_the_share_of_boxes_that_the_best_candidate_meets() -> None:
    outputs = candidates((8,))
    outputs[0, :, 8] = -5
    outputs[0, 27, 8] = 2  # cell (3, 3), whose box is that of the first target
    criterion = DetectionCriterion(("a", "b"))
    left, top, right, bottom = np.asarray(corners(outputs))[0, 27]
    labels = targets([left, top, right, bottom, 0, 0], [0.9, 0.9, 1.0, 1.0, 0, 0])
    assert criterion.quality(labels, outputs).tolist() == [0.5]
    assert criterion.quality(targets(), outputs).tolist() == [1.0]
    assert criterion.targets(np.concatenate([labels, labels], axis=1)[:, [0, 1, 2]]).shape == (1, 2, 6)


def test_gradients_are_finite_without_boxes_and_for_boxes_of_any_size() -> None:
    import tensorflow as tf

    outputs = tf.Variable(candidates())
    for labels in (targets(), targets([0, 0, 1, 1, 0, 0]), targets([0.5, 0.5, 0.5001, 0.5001, 1, 0])):
        with tf.GradientTape() as tape:
            loss = detection_loss(labels, outputs)
        gradient = tape.gradient(loss, outputs)
        assert np.isfinite(gradient).all()
        assert not np.asarray(gradient)[..., :4].any()  # places of cells are constants
    assert keras.backend.backend() == "tensorflow"
