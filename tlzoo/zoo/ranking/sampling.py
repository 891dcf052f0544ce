"""Stratified sampling for scores, without the test split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data import split
from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from tlzoo.data import Samples

__all__ = ["Sample", "draw_sample"]

_USUAL = 1000
_OF_EACH = 10
_MOST = 5000
_FIRST = 5
"""Minimum number per class before class proportions apply, as needed for the folds of a linear probe."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``order`` are positions, int64 (N,), and every prefix is stratified; ``labels`` are their labels.

    ``available`` is the number of samples that could be drawn.
    """

    order: np.ndarray
    labels: np.ndarray
    available: int
    notes: tuple[str, ...] = ()


def draw_sample(samples: Samples, *, seed: int, per_class: int | None = None, count: int | None = None) -> Sample:
    """Draw ``count`` samples from the train and validation splits of a run with this seed and label budget.

    Default: 1,000, or ten per class if that is more, and at most 5,000. A smaller sample is a prefix of a larger one. A
    class with a single sample is skipped, because nothing can be held out of it.

    Raises UsageError for a task without classes and for fewer than two samples per class; DataError if fewer than two
    classes remain.
    """
    if not samples.task.exclusive:
        raise UsageError(
            f"{samples.source} is {samples.task.kind}, but scores need one class per sample",
            "compare short runs instead: `tlzoo train … --strategy feature-extraction`",
        )
    data = split(samples, seed=seed, per_class=per_class)
    pool = np.sort(np.concatenate([data.train, data.validation]))
    labels = samples.labels[pool]
    sizes = np.bincount(labels, minlength=len(samples.task.class_names))
    single = np.flatnonzero(sizes == 1)
    notes = [f"class {samples.task.class_names[each]!r} has only one sample and is skipped" for each in single]
    pool = pool[sizes[labels] > 1]
    classes = int((sizes > 1).sum())
    if classes <= 1:
        raise DataError(f"{samples.source}: fewer than two classes have at least two samples", "add samples")
    wanted = min(len(pool), count or min(_MOST, max(_USUAL, _OF_EACH * classes)))
    if wanted < min(len(pool), 2 * classes):
        raise UsageError(f"a sample of {wanted} is too small for {classes} classes", f"use {2 * classes} or more")
    order = _stratified(pool, samples.labels, seed)[:wanted]
    return Sample(order, samples.labels[order], len(pool), tuple(notes))


def _stratified(pool: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Return the pool in an order in which every prefix has class proportions, after five samples per class."""
    keys: list[tuple[int, float, int, int]] = []
    for label in np.unique(labels[pool]):
        own = np.random.default_rng((seed, int(label), 10)).permutation(pool[labels[pool] == label])
        for place, position in enumerate(own):
            first = place < _FIRST
            at = float(place) if first else (place + 0.5) / len(own)
            keys.append((0 if first else 1, at, int(label), int(position)))
    return np.array([position for *_, position in sorted(keys)], np.int64)
