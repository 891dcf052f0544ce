"""Figures of segmentation against those counted by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tlzoo.errors import DataError, TrainingError
from tlzoo_vision.segmentation.confusion import confusions
from tlzoo_vision.segmentation.metrics import SegmentationMetrics, segmentation_metrics

IGNORED = 255
TRUTH = np.array([[[0, 0], [1, IGNORED]], [[1, 1], [0, 0]]], np.uint8)
FOUND = np.array([[[0, 1], [1, 0]], [[1, 1], [0, 0]]])
ODDS = np.eye(3, dtype=np.float32)[FOUND]


def test_pixels_are_counted_by_true_and_predicted_class_without_the_ignored_ones() -> None:
    assert confusions(TRUTH, ODDS).tolist() == [
        [[1, 1, 0], [0, 1, 0], [0, 0, 0]],
        [[2, 0, 0], [0, 2, 0], [0, 0, 0]],
    ]


def test_iou_dice_and_accuracy_are_those_of_all_pixels_together() -> None:
    found = segmentation_metrics(TRUTH, ODDS, ("a", "b", "never"))
    a, b, never = found.per_class.values()
    assert (a.iou, b.iou, never.iou) == (pytest.approx(3 / 4), pytest.approx(3 / 4), None)
    assert (a.dice, a.accuracy, b.accuracy) == (pytest.approx(6 / 7), pytest.approx(3 / 4), 1)
    assert (a.pixels, b.pixels, never.pixels, a.images) == (4, 3, 0, 2)
    assert found.mean_iou == pytest.approx(3 / 4)  # of the two classes with pixels
    assert found.pixel_accuracy == pytest.approx(6 / 7)
    assert found.most_frequent == pytest.approx(4 / 7)
    low, high = found.intervals["mean_iou"] or (1, 0)
    assert low <= found.mean_iou <= high


def test_probabilities_are_enlarged_to_the_size_of_the_mask() -> None:
    truth = np.repeat(np.repeat(np.array([[[0, 1]]], np.uint8), 8, axis=1), 4, axis=2)
    assert segmentation_metrics(truth, np.eye(2, dtype=np.float32)[[[[0, 1]]]], ("a", "b")).mean_iou == 1


def test_metrics_survive_json_and_a_single_image_has_no_interval() -> None:
    found = segmentation_metrics(TRUTH[:1], ODDS[:1], ("a", "b", "never"))
    again = SegmentationMetrics.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    assert (found.standard_error, found.intervals["mean_iou"], found.per_class["a"].iou_interval) == (None, None, None)


def test_a_model_that_always_predicts_one_class_is_reported() -> None:
    constant = np.zeros_like(ODDS) + np.eye(3, dtype=np.float32)[0]
    note = segmentation_metrics(TRUTH, constant, ("a", "b", "never")).baseline_note("test")
    assert note == "test pixel accuracy 57.1% is no better than always predicting the most frequent class (57.1%)"


@pytest.mark.parametrize(
    ("labels", "odds", "error"),
    [
        (TRUTH[:0], ODDS[:0], DataError),
        (np.full_like(TRUTH, IGNORED), ODDS, DataError),
        (TRUTH, np.full_like(ODDS, np.nan), TrainingError),
    ],
)
def test_nothing_to_measure_is_refused(labels: np.ndarray, odds: np.ndarray, error: type[Exception]) -> None:
    with pytest.raises(error):
        segmentation_metrics(labels, odds, ("a", "b", "never"))
