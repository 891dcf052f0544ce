"""Few-shot accuracy on a set of pictures: logistic regression on features, on pixels, on HOG with colour histograms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pretrain.fewshot import accuracy, draw
from pretrain.imagenet.augment import plain
from pretrain.imagenet.picture_files import Pictures

SHOTS = (5, 10, 20, 50)
DRAWS = 5
LEFT_FOR_TEST = 10  # a class takes part where so many of its pictures remain
STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
_PIXELS = 32
_CELL, _BINS = 8, 9
_SHADES = 4

Array = NDArray[np.float32]


def pixels(pictures: Pictures) -> Array:
    """32x32 pixels in colour: float32 (N, 3072)."""
    return np.asarray(plain(pictures.images, _PIXELS)).reshape(len(pictures.labels), -1)


def gradients_and_colours(pictures: Pictures) -> Array:
    """Histograms of oriented gradients (Dalal & Triggs 2005) of 64x64 pixels, and of colours; float32 (N, 1828).

    9 orientations in cells of 8x8, blocks of 2x2 cells with clipped norms; 4x4x4 colours, the square roots of their
    shares. Both parts have the same mean norm.
    """
    light = (plain(pictures.images, 64).numpy() + 1.0) / 2.0
    parts = [_gradients(light), _colours(light)]
    return np.concatenate([part / np.linalg.norm(part, axis=1).mean() for part in parts], axis=1).astype(np.float32)


def members(pictures: Pictures, shots: int) -> list[int]:
    """Classes that have enough pictures for so many labelled ones."""
    counts = np.bincount(pictures.labels, minlength=len(pictures.classes))
    return [label for label, count in enumerate(counts.tolist()) if count >= shots + LEFT_FOR_TEST]


def results(vectors: Array, pictures: Pictures, shots: int, strength: float, draws: int = DRAWS) -> list[float]:
    """Share of right answers on all pictures that are not among the `shots` labelled ones a class, for each draw."""
    chosen = members(pictures, shots)
    return [
        accuracy(vectors, pictures.labels, *draw(pictures.labels, chosen, shots, np.random.default_rng(seed)), strength)
        for seed in range(draws)
    ]


def best_strength(vectors: Array, proxy: Pictures) -> float:
    """Strength of the regularisation that does best at 20 a class on the proxy, by the mean of five draws."""
    return max(STRENGTHS, key=lambda strength: float(np.mean(results(vectors, proxy, 20, strength, draws=5))))


def _gradients(light: Array) -> Array:
    across, down = np.gradient(light, axis=2), np.gradient(light, axis=1)
    channel = np.argmax(across**2 + down**2, axis=3, keepdims=True)
    across, down = (np.take_along_axis(values, channel, axis=3)[..., 0] for values in (across, down))
    place = (np.arctan2(down, across) % np.pi) / np.pi * _BINS
    low, size = np.floor(place).astype(int) % _BINS, np.hypot(across, down)
    upper = place - np.floor(place)
    count, side = light.shape[0], light.shape[1] // _CELL
    cells = np.zeros((count, side, side, _BINS), np.float32)
    for bins, share in ((low, 1 - upper), ((low + 1) % _BINS, upper)):
        for orientation in range(_BINS):
            votes = np.where(bins == orientation, size * share, 0.0)
            cells[..., orientation] += votes.reshape(count, side, _CELL, side, _CELL).sum(axis=(2, 4))
    blocks = np.concatenate([cells[:, i : side - 1 + i, j : side - 1 + j] for i in (0, 1) for j in (0, 1)], axis=3)
    blocks = blocks / (np.linalg.norm(blocks, axis=3, keepdims=True) + 1e-3)
    blocks = np.minimum(blocks, 0.2)
    blocks = blocks / (np.linalg.norm(blocks, axis=3, keepdims=True) + 1e-3)
    return np.asarray(blocks.reshape(count, -1), np.float32)


def _colours(light: Array) -> Array:
    shades = np.minimum((light * _SHADES).astype(int), _SHADES - 1)
    codes = (shades[..., 0] * _SHADES + shades[..., 1]) * _SHADES + shades[..., 2]
    counts = np.stack([np.bincount(one.ravel(), minlength=_SHADES**3) for one in codes])
    return np.asarray(np.sqrt(counts / codes[0].size), np.float32)
