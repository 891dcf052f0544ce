"""Classes of very different sizes: how different they are, and what makes them count alike.

Only training is balanced: validation and test stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.data.contract import Array, Dataset
    from tlzoo.tasks import Balance

__all__ = [
    "balanced_count",
    "balanced_order",
    "class_weights",
    "describe_imbalance",
]

_WORTH_SAYING = 2.0


def describe_imbalance(data: Dataset, balance: Balance) -> str | None:
    """Return what is to be said of the training split's classes before training; None where they are about equal."""
    task, count = data.task, len(data.train)
    if not task.class_names:
        return None
    counts = task.class_counts(data.labels[data.train])
    least, most = int(counts.argmin()), int(counts.argmax())
    rarest = task.class_names[least]
    if task.exclusive:
        ratio = counts[most] / max(1, counts[least])
        found = f"{task.class_names[most]!r} has {counts[most]} training samples, {rarest!r} {counts[least]}"
        found += f": {ratio:.3g} to 1"
    else:
        ratio = count / max(1, counts[least]) - 1
        found = f"{rarest!r} applies to {counts[least]} of {count} training samples"
    if ratio < _WORTH_SAYING:
        return None
    return f"{found}; " + (
        "`--balance` can make classes count alike" if balance == "none" else f"balanced by {balance}"
    )


def class_weights(labels: Array, classes: int) -> np.ndarray:
    """Return a weight for each of ``classes`` (K,): inversely as their frequency, 1 on average over the labels (N,)."""
    counts = np.bincount(labels, minlength=classes)
    return np.asarray(len(labels) / (max(1, (counts > 0).sum()) * np.maximum(counts, 1)))


def balanced_order(indices: Array, labels: Array, balance: Balance, random: np.random.Generator) -> Array:
    """Return an epoch's samples in order, of those at ``indices``, whose labels (N,) are given.

    ``oversample`` repeats the samples of smaller classes until each has as many as the largest: all of them equally
    often, but for a rest that is drawn. ``undersample`` draws from each class as many as the smallest has, others in
    every epoch. Otherwise all come once.
    """
    if balance not in {"oversample", "undersample"}:
        return random.permutation(indices)
    members = [indices[labels == label] for label in np.unique(labels)]
    sizes = [len(own) for own in members]
    wanted = max(sizes) if balance == "oversample" else min(sizes)
    drawn = []
    for own in members:
        times, rest = divmod(wanted, len(own))
        drawn += [np.repeat(own, times), random.permutation(own)[:rest]]
    return random.permutation(np.concatenate(drawn))


def balanced_count(labels: Array, balance: Balance) -> int:
    """Return how many samples an epoch has, of those whose labels (N,) are given."""
    if balance not in {"oversample", "undersample"}:
        return len(labels)
    counts = np.unique(labels, return_counts=True)[1]
    return int(len(counts) * (counts.max() if balance == "oversample" else counts.min()))
