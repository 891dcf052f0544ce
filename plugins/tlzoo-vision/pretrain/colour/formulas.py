"""Pictures made by formulas, a formula a class: iterated function systems with colour (FractalDB, arXiv 2101.08515)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pretrain.colour.rendering import INSIDE, SIDE

FORMULAS = 300
VARIANTS = 12
_LEAST_FILLED = 0.2  # of the pixels; the paper's threshold of its search
_WALKS, _STEPS, _BURN_IN = 400, 60, 10
_VARIATION = 0.25  # most relative change of one parameter in a variant, as the paper varies them


def draw_formula(number: int) -> list[NDArray[np.uint8]]:
    """Draw the variants of a formula, each uint8 (72, 72, 4), colour premultiplied; a function of the number alone."""
    random = np.random.default_rng((7, number))
    while True:
        maps = random.uniform(-1, 1, (random.integers(2, 8), 6))
        weights = np.abs(np.linalg.det(maps[:, [0, 1, 3, 4]].reshape(-1, 2, 2))) + 1e-3
        if _filled(_points(maps, weights, random)[0]) > _LEAST_FILLED:
            break
    shades = random.uniform(0, 1, (len(maps), 3))  # the formula's palette; variants move away from it
    drawn = []
    for variant in range(VARIANTS):
        changed = maps.copy()
        if variant:
            changed[:, variant % 6] *= 1 + random.uniform(-_VARIATION, _VARIATION)
        places, chosen = _points(changed, weights, random)
        palette = np.clip(shades + random.normal(0, 0.2, 3) + random.normal(0, 0.1, shades.shape), 0, 1)
        drawn.append(_paint(places, palette[chosen]))
    return drawn


def _points(
    maps: NDArray[np.float64], weights: NDArray[np.float64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Places (N, 2) of the attractor, scaled to 0..1, and the map that led to each."""
    place = np.zeros((_WALKS, 2))
    places, chosen = [], []
    for step in range(_STEPS):
        which = random.choice(len(maps), _WALKS, p=weights / weights.sum())
        a, b, e, c, d, f = maps[which].T
        place = np.stack([a * place[:, 0] + b * place[:, 1] + e, c * place[:, 0] + d * place[:, 1] + f], axis=1)
        place = np.clip(np.nan_to_num(place), -1e6, 1e6)
        if step >= _BURN_IN:
            places.append(place)
            chosen.append(which)
    every = np.concatenate(places)
    low, high = np.percentile(every, [0.5, 99.5], axis=0)
    return (every - low) / np.maximum(high - low, 1e-9), np.concatenate(chosen)


def _filled(places: NDArray[np.float64]) -> float:
    cells = np.floor(places * INSIDE / 2).astype(int)
    inside = ((cells >= 0) & (cells < INSIDE // 2)).all(axis=1)
    return len(np.unique(cells[inside], axis=0)) / (INSIDE / 2) ** 2


def _paint(places: NDArray[np.float64], colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Paint each point as a dot, with the mean colour of the dots where they meet."""
    edge = (SIDE - INSIDE) // 2
    cells = np.floor(places * (INSIDE - 1)).astype(int)
    inside = ((cells >= 0) & (cells < INSIDE)).all(axis=1)
    down, across = cells[inside].T + edge
    sums = np.zeros((SIDE, SIDE, 4))
    np.add.at(sums, (down, across), np.concatenate([colours[inside], np.ones((inside.sum(), 1))], axis=1))
    spread = sums + 0.5 * (np.roll(sums, 1, 0) + np.roll(sums, -1, 0) + np.roll(sums, 1, 1) + np.roll(sums, -1, 1))
    opacity = np.minimum(spread[..., 3:] * 0.7, 1.0)
    colour = spread[..., :3] / np.maximum(spread[..., 3:], 1e-9)
    return np.asarray(np.concatenate([colour * opacity, opacity], axis=2) * 255, np.uint8)
