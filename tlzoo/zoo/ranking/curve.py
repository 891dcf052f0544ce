"""Label-budget curve: expected gain from more labels, by a power law fitted to smaller budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.process.threads import limited_threads
from tlzoo.zoo.ranking.result import Curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.zoo.ranking.result import Interval

    Numbers = NDArray[np.float64]

__all__ = ["TIMES", "fit_power_law", "learning_curve"]

TIMES = (1, 2, 4, 8)
"""Multiples of the current number of labels."""

_REPEATS = 5
_HELD_OUT = 0.25
_STEPS = 5
_FEWEST = 3
_REDRAWN = 100
_PENALTIES = 10.0 ** np.arange(-2, 6)


def learning_curve(features: np.ndarray, labels: np.ndarray, seed: int, times: Sequence[int] = TIMES) -> Curve:
    """Return the accuracy of a linear probe at fractions of the labels, and its expectation at multiples of all N.

    A quarter is held out, five times; nested subsets from 1/16 to all of the rest are used for training. The inverse
    power law error(n) = a + b n^-c (Cortes et al. 1993; Figueroa et al. 2012, eq. 1) is fitted to the means with
    weights n, a in [0, 1], c in (0, 2]. The 95 % intervals come from refitting to resampled repeats and, within them,
    resampled held-out samples. They assume the law, which is known to be too optimistic while the curve is steep
    (Viering and Loog 2021, arXiv 2103.10948).

    ``features`` are (N, D), ``labels`` (N,). The expectation is empty if fewer than three sizes have two labels per
    class.
    """
    dense = np.unique(labels, return_inverse=True)[1]
    outcomes, sizes = _outcomes(features.astype(np.float64), dense, seed)
    if len(sizes) < _FEWEST:
        return Curve({}, {}, {})
    means = outcomes.mean(axis=(0, 2))
    wanted = np.array([len(labels) * each for each in times], float)
    expected = _predicted(sizes, means, wanted)
    draw = np.random.default_rng((seed, 7))
    redrawn = np.stack([_predicted(sizes, _redraw(outcomes, draw), wanted) for _ in range(_REDRAWN)])
    low, high = np.quantile(redrawn, [0.025, 0.975], axis=0)
    intervals: dict[int, Interval] = {
        int(count): (float(min(below, value)), float(max(above, value)))
        for count, below, above, value in zip(wanted, low, high, expected, strict=True)
    }
    return Curve(
        {int(size): float(value) for size, value in zip(sizes, means, strict=True)},
        {int(count): float(value) for count, value in zip(wanted, expected, strict=True)},
        intervals,
    )


def fit_power_law(sizes: Numbers, errors: Numbers) -> tuple[float, float, float]:
    """Return (a, b, c) of a + b n^-c with the least squared error, weighted by n.

    For each of many values of c, a and b follow in closed form, so there are no local minima.
    """
    best, least = (float(errors.min()), 0.0, 1.0), np.inf
    weights = sizes / sizes.sum()
    for exponent in np.linspace(0.05, 2.0, 79):
        powers = sizes**-exponent
        centre, middle = float(weights @ powers), float(weights @ errors)
        spread = float(weights @ (powers - centre) ** 2)
        slope = max(0.0, float(weights @ ((powers - centre) * (errors - middle))) / spread) if spread else 0.0
        floor = middle - slope * centre
        if floor < 0:
            floor, slope = 0.0, max(0.0, float(weights @ (powers * errors)) / float(weights @ powers**2))
        wrong = float(weights @ (floor + slope * powers - errors) ** 2)
        if wrong < least:
            best, least = (floor, slope, float(exponent)), wrong
    return best


def _outcomes(features: Numbers, labels: np.ndarray, seed: int) -> tuple[NDArray[np.bool_], Numbers]:
    """Return correctness, bool (repeats, sizes, held out), and the sizes (numbers of training labels)."""
    from sklearn.model_selection import StratifiedShuffleSplit

    classes = len(np.unique(labels))
    held = max(classes, round(len(labels) * _HELD_OUT))
    most = len(labels) - held
    sizes = [size for size in (most >> step for step in range(_STEPS - 1, -1, -1)) if size >= 2 * classes]
    if len(sizes) < _FEWEST or np.bincount(labels).min() <= 1:
        return np.empty((0, 0, 0), bool), np.empty(0)
    found = np.empty((_REPEATS, len(sizes), held), bool)
    splits = StratifiedShuffleSplit(_REPEATS, test_size=held, train_size=most, random_state=seed)
    with limited_threads(features):
        for repeat, (train, test) in enumerate(splits.split(features, labels)):
            ordered = train[_interleaved(labels[train])]
            for at, size in enumerate(sizes):
                own = ordered[:size]
                found[repeat, at] = _learned(features[own], labels[own], features[test]) == labels[test]
    return found, np.array(sizes, float)


def _interleaved(labels: np.ndarray) -> np.ndarray:
    """Return an order in which every prefix has the class proportions."""
    places = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        places[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.argsort(places, kind="stable")


def _learned(features: Numbers, labels: np.ndarray, others: Numbers) -> np.ndarray:
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RidgeClassifierCV(_PENALTIES)).fit(features, labels)
    return np.asarray(model.predict(others))


def _predicted(sizes: Numbers, accuracies: Numbers, wanted: Numbers) -> Numbers:
    floor, slope, exponent = fit_power_law(sizes, 1 - accuracies)
    return np.clip(1 - floor - slope * wanted**-exponent, 0.0, 1.0)


def _redraw(outcomes: NDArray[np.bool_], draw: np.random.Generator) -> Numbers:
    repeats, _, held = outcomes.shape
    chosen = outcomes[draw.integers(0, repeats, size=repeats)]
    means = [each[:, draw.integers(0, held, size=held)].mean(axis=1) for each in chosen]
    return np.asarray(np.mean(means, axis=0), np.float64)
