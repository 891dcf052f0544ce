"""Average precision as COCO counts it: ``pycocotools`` in NumPy, with weights of images for the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .boxes import CLASS, CROWD, present

__all__ = ["THRESHOLDS", "ClassMatches", "average_precisions", "class_means", "matches", "pairwise_iou"]

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""The values of IoU from which a detection is right."""

_RECALLS = np.linspace(0, 1, 101)
_SCORE, _KIND = 4, 5


@dataclass(frozen=True, eq=False, slots=True)
class ClassMatches:
    """The detections (D,) of one class in all images, by descending score, and the number of true boxes by image (N,).

    ``right`` and ``ignored``, bool (10, D), are by threshold. Detections that match a crowd are ignored.
    """

    scores: np.ndarray
    images: np.ndarray
    right: np.ndarray
    ignored: np.ndarray
    boxes: np.ndarray


def matches(labels: np.ndarray, answers: np.ndarray, classes: int) -> list[ClassMatches]:
    """Match detections with true boxes of each class.

    In each image, the detections by descending score take the free true box with the largest IoU, or else a crowd,
    which can be taken several times.

    Args:
        labels: True boxes (N, M, 6), the columns of ``boxes.Boxes``.
        answers: Detections (N, K, 6): corners, score and class; rows without a box are -1.
        classes: Number of classes.
    """
    return [_of_class(labels, answers, kind) for kind in range(classes)]


def average_precisions(found: ClassMatches, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the average precision at each threshold, (10,): the mean precision at 101 values of recall.

    ``weights`` (N,) count images several times. NaN for a class without a true box.
    """
    counted = np.ones(len(found.images)) if weights is None else weights[found.images]
    total = found.boxes.sum() if weights is None else found.boxes @ weights
    if not total:
        return np.full(len(THRESHOLDS), np.nan)
    right = np.cumsum((found.right & ~found.ignored) * counted, axis=1)
    wrong = np.cumsum((~found.right & ~found.ignored) * counted, axis=1)
    precision = right / np.maximum(right + wrong, np.spacing(1))
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    figures = np.zeros(len(THRESHOLDS))
    for at, recall in enumerate(right / total):
        places = np.searchsorted(recall, _RECALLS, side="left")
        reached = places < len(recall)
        figures[at] = precision[at, places[reached]].sum() / len(_RECALLS)
    return figures


def pairwise_iou(detections: np.ndarray, boxes: np.ndarray, crowds: np.ndarray) -> np.ndarray:
    """Return the IoU of detections (D, 4) and boxes (G, 4), (D, G); for ``crowds`` (G,) the share of the detection."""
    first, second = detections[:, np.newaxis].astype(np.float64), boxes[np.newaxis].astype(np.float64)
    sides = np.minimum(first[..., 2:4], second[..., 2:4]) - np.maximum(first[..., :2], second[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    own, other = (np.prod(each[..., 2:4] - each[..., :2], axis=-1) for each in (first, second))
    union = np.where(crowds, own, own + other - shared)
    share: np.ndarray = shared / np.maximum(union, np.finfo(np.float64).tiny)
    return share


def _of_class(labels: np.ndarray, answers: np.ndarray, kind: int) -> ClassMatches:
    true = present(labels) & (labels[..., CLASS] == kind)
    crowds = labels[..., CROWD] > 0
    mine = answers[..., _KIND] == kind
    boxes = (true & ~crowds).sum(axis=1)
    scores, images, right, ignored = [], [], [], []
    for image in np.flatnonzero(mine.any(axis=1)):
        own = answers[image][mine[image]]
        own = own[np.argsort(-own[:, _SCORE], kind="stable")]
        its, crowd = labels[image][true[image]], crowds[image][true[image]]
        hit, passed = _in_image(pairwise_iou(own, its, crowd), crowd)
        scores.append(own[:, _SCORE])
        images.append(np.full(len(own), image))
        right.append(hit)
        ignored.append(passed)
    if not scores:
        none = np.zeros((len(THRESHOLDS), 0), bool)
        return ClassMatches(np.zeros(0), np.zeros(0, np.int64), none, none, boxes)
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return ClassMatches(
        np.concatenate(scores)[order],
        np.concatenate(images)[order],
        np.concatenate(right, axis=1)[:, order],
        np.concatenate(ignored, axis=1)[:, order],
        boxes,
    )


def _in_image(ious: np.ndarray, crowds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which detections (10, D) of an image match a box or a crowd, and which of them a crowd."""
    levels = THRESHOLDS[:, np.newaxis]
    right, ignored = (np.zeros((len(THRESHOLDS), len(ious)), bool) for _ in range(2))
    free = np.broadcast_to(~crowds, (len(THRESHOLDS), len(crowds))).copy()
    for at, own in enumerate(ious):
        if not len(own) or own.max() < THRESHOLDS[0]:
            continue
        for allowed, is_crowd in ((free, False), (np.broadcast_to(crowds, free.shape), True)):
            reached = np.where(allowed & (own >= levels), own, -1.0)
            place = reached.shape[1] - 1 - reached[:, ::-1].argmax(axis=1)  # the last of equal ones
            taken = (reached.max(axis=1) >= 0) & ~right[:, at]
            right[:, at] |= taken
            if is_crowd:
                ignored[:, at] = taken
            else:
                free[np.flatnonzero(taken), place[taken]] = False
    return right, ignored


def class_means(figures: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean over classes that have a figure."""
    stacked = np.array(figures)
    there = np.isfinite(stacked)
    mean: np.ndarray = np.where(there, stacked, 0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.where(there.any(axis=0), mean, np.nan)
