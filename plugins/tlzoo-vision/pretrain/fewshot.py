"""Few-shot accuracy: logistic regression on features of a few labelled pictures per class."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

Array = NDArray[np.float32]
Pooling = Callable[[Array], Array]


def average(maps: Array) -> Array:
    """Return the mean over height and width: (N, h, w, C) to (N, C)."""
    return np.asarray(maps.mean(axis=(1, 2)), np.float32)


def quadrants(maps: Array) -> Array:
    """Return the concatenated means of the four quadrants: (N, h, w, C) to (N, 4 C); h and w must be even."""
    count, height, width, channels = maps.shape
    split = maps.reshape(count, 2, height // 2, 2, width // 2, channels).mean(axis=(2, 4))
    return np.asarray(split.reshape(count, -1), np.float32)


def average_and_quadrants(maps: Array) -> Array:
    """Return `average` and `quadrants`, each scaled to unit length, concatenated: (N, h, w, C) to (N, 5 C)."""
    return np.concatenate([unit(average(maps)), unit(quadrants(maps))], axis=1)


def flatten(maps: Array) -> Array:
    """Return all values of each picture in one vector: (N, h, w, C) to (N, h w C)."""
    return maps.reshape(len(maps), -1)


def unit(vectors: Array) -> Array:
    """Return the vectors scaled to length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def feature_maps(model: keras.Model, images: Array) -> Array:
    """Return the feature maps of model-ready images, float32 (N, h, w, C)."""
    return np.asarray(model.predict(images, batch_size=256, verbose=0), np.float32)


def accuracy(
    vectors: Array,
    labels: NDArray[np.integer],
    labelled: NDArray[np.integer],
    rest: NDArray[np.integer],
    strength: float,
) -> float:
    """Return the accuracy on the rows `rest` of a logistic regression fitted on the rows `labelled`.

    Features are centred, and divided by their mean standard deviation; both come from the labelled rows alone. The
    regression is fitted in a basis of the span of the labelled rows. The result is the same, because the weights lie in
    this span, and the fit is much faster with few rows of many features.

    Args:
        vectors: Features, float32 (N, C).
        labels: Class of each row.
        labelled: Rows for the fit.
        rest: Rows for the accuracy.
        strength: The parameter C of scikit-learn's `LogisticRegression`.
    """
    centre = vectors[labelled].mean(axis=0)
    scale = vectors[labelled].std(axis=0).mean()
    scaled = (vectors - centre) / max(float(scale), 1e-6)
    basis, _ = np.linalg.qr(scaled[labelled].T)
    scaled = scaled @ basis
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=strength, max_iter=300).fit(scaled[labelled], labels[labelled])
    return float(model.score(scaled[rest], labels[rest]))


def draw(
    labels: NDArray[np.integer], classes: Iterable[int], shots: int, random: np.random.Generator
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return the rows of `shots` labelled examples of each class, and all other rows of these classes."""
    chosen, rest = [], []
    for label in classes:
        rows = random.permutation(np.flatnonzero(labels == label))
        chosen.append(rows[:shots])
        rest.append(rows[shots:])
    return np.concatenate(chosen), np.concatenate(rest)
