"""Class imbalance: measurement, class weights, and over- and undersampling.

Only training samples are balanced, not validation and test.
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
    """Return a note on class imbalance in the training split; None if classes are about equally frequent."""
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
    return f"{found}; " + ("`--balance` can balance classes" if balance == "none" else f"balanced by {balance}")


def class_weights(labels: Array, classes: int) -> np.ndarray:
    """Return a weight per class (K,), inverse to its frequency and 1 on average over the labels (N,)."""
    counts = np.bincount(labels, minlength=classes)
    return np.asarray(len(labels) / (max(1, (counts > 0).sum()) * np.maximum(counts, 1)))


def balanced_order(indices: Array, labels: Array, balance: Balance, random: np.random.Generator) -> Array:
    """Return the samples of an epoch in order, from those at ``indices`` with the given labels (N,).

    ``oversample`` repeats the samples of smaller classes to the size of the largest: all samples equally
    often, except for a remainder drawn at random. ``undersample`` draws as many samples from each class as the smallest
    has, different ones in every epoch. Otherwise, each sample appears once.
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
    """Return the number of samples of an epoch, for the given labels (N,)."""
    if balance not in {"oversample", "undersample"}:
        return len(labels)
    counts = np.unique(labels, return_counts=True)[1]
    return int(len(counts) * (counts.max() if balance == "oversample" else counts.min()))
