"""Boxes as arrays: the labels of detection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from tlzoo.tasks import Labels

__all__ = ["CLASS", "COLUMNS", "CROWD", "MOST_CLASSES", "NO_BOX", "Boxes", "box_labels", "present"]

Boxes: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"
"""Boxes of one image, (K, 6): left, top, right and bottom as shares of its width and height, class index, and 1 for a
crowd: a region with several things, or one too difficult to judge. Detections in it are neither right nor wrong."""

COLUMNS, CLASS, CROWD = 6, 4, 5
NO_BOX = -1.0
"""The value of all columns in the rows that fill up the labels of an image."""

MOST_CLASSES = 10_000
"""The largest number of classes."""


def box_labels(boxes: Sequence[Boxes]) -> Labels:
    """Return the boxes of N images as float32 (N, M, 6). M is the largest number of boxes; missing rows are -1."""
    most = max((len(each) for each in boxes), default=0)
    labels = np.full((len(boxes), max(1, most), COLUMNS), NO_BOX, np.float32)
    for row, each in enumerate(boxes):
        labels[row, : len(each)] = each
    return labels


def present(labels: Labels) -> np.ndarray:
    """Return which rows (…, M) of labels (…, M, 6) are boxes."""
    there: np.ndarray = labels[..., CLASS] >= 0
    return there
