"""The loss of segmentation against its formulas."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.tasks import TaskOptions
from tlzoo_vision.segmentation.criterion import SegmentationCriterion
from tlzoo_vision.segmentation.masks import Mask
from tlzoo_vision.segmentation.task import Segmentation, mask_labels

LABELS = np.array([[[0, 0], [1, 255]]], np.uint8)
LOGITS = np.array([[[[2.0, 0.0], [1.0, 0.0]], [[0.0, 3.0], [9.0, -9.0]]]], np.float32)
ODDS = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=-1, keepdims=True)
TRUE = np.array([ODDS[0, 0, 0, 0], ODDS[0, 0, 1, 0], ODDS[0, 1, 0, 1]])


def loss_of(kind: str, weights: tuple[float, float] = (1, 1)) -> float:
    criterion = SegmentationCriterion(("a", "b"), np.array(weights, np.float32), kind)  # type: ignore[arg-type]
    return float(criterion.loss(0.0)(criterion.targets(LABELS), LOGITS)[0])


def test_cross_entropy_is_the_weighted_mean_over_pixels_that_are_not_ignored() -> None:
    assert loss_of("cross-entropy") == pytest.approx(-np.log(TRUE).mean(), rel=1e-5)
    own = -np.log(TRUE)
    assert loss_of("cross-entropy", (1, 3)) == pytest.approx((own[0] + own[1] + 3 * own[2]) / 5, rel=1e-5)


def test_dice_is_that_of_probabilities_over_the_classes_in_the_image() -> None:
    known = ODDS.reshape(-1, 2)[:3]
    a = (2 * known[:2, 0].sum() + 1) / (2 + known[:, 0].sum() + 1)
    b = (2 * known[2, 1] + 1) / (1 + known[:, 1].sum() + 1)
    assert loss_of("dice") == pytest.approx(1 - (a + b) / 2, rel=1e-5)
    assert loss_of("cross-entropy and dice") == pytest.approx(loss_of("cross-entropy") + loss_of("dice"), rel=1e-5)


def test_class_weights_are_inverse_to_the_pixels_and_1_on_average_over_them() -> None:
    labels = mask_labels([Mask.of(np.array([[0, 0, 0, 1]], np.uint8))])
    criterion = Segmentation(("a", "b", "never")).criterion(labels, TaskOptions(balance="class-weights"), {})
    assert criterion.weights.tolist() == pytest.approx([2 / 3, 2, 0])


def test_quality_is_the_share_of_right_pixels_at_the_size_of_the_outputs() -> None:
    criterion = SegmentationCriterion(("a", "b"), np.ones(2, np.float32))
    targets = np.repeat(np.repeat(criterion.targets(LABELS), 3, axis=1), 3, axis=2)
    assert criterion.quality(targets, LOGITS).tolist() == [1.0]
    assert criterion.quality(targets, -LOGITS).tolist() == [0.0]
