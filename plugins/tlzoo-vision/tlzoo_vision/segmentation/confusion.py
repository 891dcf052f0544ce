"""Confusion matrices of pixels, and the figures made from them."""

from __future__ import annotations

import numpy as np

__all__ = ["confusions", "dice_of", "iou_of", "mean_of"]

_AT_ONCE = 8


def confusions(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return pixels by true and predicted class of each image, int64 (N, classes, classes).

    ``labels`` are class indices, uint8 (N, height, width); indices beyond the classes are ignored. ``probabilities``
    (N, h, w, classes) are enlarged to the labels' size (bilinear); a pixel's prediction is the most likely class.
    """
    import tensorflow as tf

    classes = probabilities.shape[-1]
    found = np.zeros((len(labels), classes, classes), np.int64)
    for first in range(0, len(labels), _AT_ONCE):
        own = labels[first : first + _AT_ONCE]
        enlarged = tf.image.resize(probabilities[first : first + _AT_ONCE], own.shape[1:3])
        predicted = tf.argmax(enlarged, axis=-1).numpy()
        for row, (truth, prediction) in enumerate(zip(own, predicted, strict=True), start=first):
            known = truth < classes
            pairs = truth[known].astype(np.int64) * classes + prediction[known]
            found[row] = np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
    return found


def iou_of(counts: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each class, (…, classes); NaN for a class without true pixels.

    ``counts`` (…, classes, classes) are pixels by true and predicted class.
    """
    right, true, predicted = _sums(counts)
    return _ratio(right, true + predicted - right, true)


def dice_of(counts: np.ndarray) -> np.ndarray:
    """Return the Dice coefficient of each class, (…, classes); NaN for a class without true pixels."""
    right, true, predicted = _sums(counts)
    return _ratio(2 * right, true + predicted, true)


def mean_of(figures: np.ndarray) -> np.ndarray:
    """Return the mean over the classes that have a figure, (…); NaN if none has."""
    there = np.isfinite(figures)
    count = there.sum(axis=-1)
    mean: np.ndarray = np.where(count > 0, np.where(there, figures, 0).sum(axis=-1) / np.maximum(count, 1), np.nan)
    return mean


def _sums(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.einsum("...kk->...k", counts), counts.sum(axis=-1), counts.sum(axis=-2)


def _ratio(part: np.ndarray, whole: np.ndarray, true: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.where(true > 0, part / np.maximum(whole, 1e-12), np.nan)
    return ratio
