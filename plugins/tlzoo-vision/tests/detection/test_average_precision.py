"""Average precision against pycocotools, on made-up boxes with ties and crowds."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from tlzoo_vision.detection.average_precision import average_precisions, class_means, matches
from tlzoo_vision.detection.boxes import box_labels
from tlzoo_vision.detection.metrics import detection_metrics

CLASSES, SIDE = 3, 512


def made_up(seed: int, images: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Return true boxes, some of them crowds, and detections near them or anywhere, with few different scores."""
    draw = np.random.default_rng(seed)
    labels, answers = [], np.full((images, 100, 6), -1.0)
    for image in range(images):
        count = int(draw.integers(0, 7))
        first = draw.integers(0, SIDE // 2, (count, 2))
        corners = np.concatenate([first, first + draw.integers(8, SIDE // 2, (count, 2))], axis=1)
        rest = np.stack([draw.integers(0, CLASSES, count), draw.random(count) < 0.2], axis=1)
        labels.append(np.concatenate([corners / SIDE, rest], axis=1))
        moved = np.repeat(corners, 3, axis=0) + draw.integers(-16, 17, (3 * count, 4))
        kinds = np.where(draw.random(3 * count) < 0.8, np.repeat(rest[:, 0], 3), draw.integers(0, CLASSES, 3 * count))
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
        scores = draw.integers(1, 11, 3 * count) / 10
        answers[image, : 3 * count] = np.concatenate([moved / SIDE, scores[:, None], kinds[:, None]], axis=1)
    return box_labels([each.astype(np.float32) for each in labels]), answers


def by_pycocotools(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return the average precision (classes, 10)."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def rows(boxes: np.ndarray) -> list[list[float]]:
        corners = boxes[:, :4].astype(np.float64) * SIDE
        return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).tolist()

    true = [
        {"image_id": image, "category_id": int(kind) + 1, "bbox": box, "area": box[2] * box[3], "iscrowd": int(crowd)}
        for image, own in enumerate(labels)
        for box, (kind, crowd) in zip(rows(own), own[:, 4:], strict=True)
        if kind >= 0
    ]
    found = [
        {"image_id": image, "category_id": int(kind) + 1, "bbox": box, "score": score}
        for image, own in enumerate(answers)
        for box, (score, kind) in zip(rows(own), own[:, 4:], strict=True)
        if kind >= 0
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": image, "height": SIDE, "width": SIDE} for image in range(len(labels))],
            "annotations": [each | {"id": at} for at, each in enumerate(true, start=1)],
            "categories": [{"id": kind + 1, "name": str(kind)} for kind in range(CLASSES)],
        }
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
    return judge.eval["precision"][:, :, :, 0, 2].mean(axis=1).T


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_is_that_of_pycocotools(seed: int) -> None:
    labels, answers = made_up(seed)
    assert (labels[..., 5] == 1).any()
    ours = np.array([average_precisions(each) for each in matches(labels, answers, CLASSES)])
    assert np.allclose(ours, by_pycocotools(labels, answers), atol=1e-12)
    assert 0.05 < ours.mean() < 0.95


def test_a_class_without_true_boxes_is_not_in_the_mean() -> None:
    labels, answers = made_up(0)
    labels[labels[..., 4] == 2] = -1
    ours = np.array([average_precisions(each) for each in matches(labels, answers, CLASSES)])
    wanted = by_pycocotools(labels, answers)
    assert np.isnan(ours[2]).all()
    assert (wanted[2] == -1).all()
    assert np.allclose(class_means(list(ours)), wanted[:2].mean(axis=0))


def test_weights_count_images_several_times() -> None:
    labels, answers = made_up(1)
    answers[..., 4] += np.where(answers[..., 4] > 0, np.random.default_rng(0).random(answers.shape[:2]) / 100, 0)
    twice = np.repeat(np.arange(len(labels)), np.arange(len(labels)) % 3)
    by_weight = [average_precisions(each, np.arange(len(labels)) % 3.0) for each in matches(labels, answers, CLASSES)]
    repeated = [average_precisions(each) for each in matches(labels[twice], answers[twice], CLASSES)]
    assert np.allclose(by_weight, repeated, atol=0.01)  # between copies of an image, recall takes intermediate values


def test_metrics_have_intervals_around_them_and_survive_json() -> None:
    import json

    from tlzoo_vision.detection.metrics import DetectionMetrics

    labels, answers = made_up(2)
    found = detection_metrics(labels, answers, ("a", "b", "c"))
    wanted = by_pycocotools(labels, answers)
    assert (found.map, found.map_50, found.map_75) == pytest.approx(
        (wanted.mean(), wanted[:, 0].mean(), wanted[:, 5].mean())
    )
    assert found.per_class["b"].ap_75 == pytest.approx(wanted[1, 5])
    assert found.boxes == ((labels[..., 4] >= 0) & (labels[..., 5] < 1)).sum()
    low, high = found.intervals["map"] or (1, 0)
    assert low < found.map < high
    assert DetectionMetrics.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert (
        detection_metrics(
            labels[:1] if (labels[0, :, 4] >= 0).any() else labels[1:2], answers[:1], ("a", "b", "c")
        ).intervals["map"]
        is None
    )
