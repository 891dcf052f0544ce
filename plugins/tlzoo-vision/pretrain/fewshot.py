"""Few-shot accuracy: features of pictures, a few labelled ones a class, logistic regression."""

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
    """Mean over height and width: (N, h, w, C) to (N, C)."""
    return np.asarray(maps.mean(axis=(1, 2)), np.float32)


def quadrants(maps: Array) -> Array:
    """Means of the four quarters side by side: (N, h, w, C) to (N, 4 C), h and w even."""
    count, height, width, channels = maps.shape
    split = maps.reshape(count, 2, height // 2, 2, width // 2, channels).mean(axis=(2, 4))
    return np.asarray(split.reshape(count, -1), np.float32)


def average_and_quadrants(maps: Array) -> Array:
    """`average` and `quadrants`, each at unit length, side by side: (N, h, w, C) to (N, 5 C)."""
    return np.concatenate([unit(average(maps)), unit(quadrants(maps))], axis=1)


def flatten(maps: Array) -> Array:
    """All values: (N, h, w, C) to (N, h w C)."""
    return maps.reshape(len(maps), -1)


def unit(vectors: Array) -> Array:
    """Each vector at length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def feature_maps(model: keras.Model, images: Array) -> Array:
    """Apply the model to model-ready images; float32 (N, h, w, C)."""
    return np.asarray(model.predict(images, batch_size=256, verbose=0), np.float32)


def accuracy(
    vectors: Array,
    labels: NDArray[np.integer],
    labelled: NDArray[np.integer],
    rest: NDArray[np.integer],
    strength: float,
) -> float:
    """Share of right answers on `rest` of a logistic regression (C = `strength`) fitted on the rows `labelled`.

    Every feature is first moved to mean 0 and the whole set to mean variance 1, by the labelled rows alone. The
    regression is fitted in coordinates of the span of the labelled rows, which holds its weights: it is the same, and
    with few rows of many features much faster.
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
    """Rows of `shots` labelled examples of each class, and all other rows of these classes."""
    chosen, rest = [], []
    for label in classes:
        rows = random.permutation(np.flatnonzero(labels == label))
        chosen.append(rows[:shots])
        rest.append(rows[shots:])
    return np.concatenate(chosen), np.concatenate(rest)
