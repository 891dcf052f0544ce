"""Classes of very different sizes: how different they are, and what makes them count alike.

Only training is balanced: validation and test stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from tlzoo.data.tasks import Classification, MultiLabel
from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.data.contract import Array, Dataset
    from tlzoo.data.tasks import Task

__all__ = [
    "BALANCES",
    "Balance",
    "balanced_count",
    "balanced_order",
    "check_balance",
    "class_weights",
    "describe_imbalance",
]

Balance = Literal["none", "class-weights", "oversample", "undersample", "focal", "logit-adjust"]
BALANCES: tuple[Balance, ...] = get_args(Balance)

_FOR_LABELS = ("none", "class-weights", "focal")
_WORTH_SAYING = 2.0


def check_balance(task: Task, balance: Balance) -> None:
    """Raise UsageError where a task cannot be balanced in this way."""
    if balance == "none" or isinstance(task, Classification):
        return
    if not isinstance(task, MultiLabel):
        raise UsageError(f"numbers have no classes to balance by {balance!r}", "leave the balance out, or give weights")
    if balance not in _FOR_LABELS:
        raise UsageError(
            f"samples of several labels cannot be balanced by {balance!r}", f"valid: {', '.join(_FOR_LABELS)}"
        )


def describe_imbalance(data: Dataset, balance: Balance) -> str | None:
    """Return what is to be said of the training split's classes before training; None where they are about equal."""
    labels = data.labels[data.train]
    match data.task:
        case Classification(classes=classes):
            counts = np.bincount(labels, minlength=len(classes))
            most, least = int(counts.argmax()), int(counts.argmin())
            ratio = counts[most] / max(1, counts[least])
            if ratio < _WORTH_SAYING:
                return None
            found = f"{classes[most]!r} has {counts[most]} training samples, {classes[least]!r} {counts[least]}"
            found += f": {ratio:.3g} to 1"
        case MultiLabel(classes=classes):
            counts = labels.sum(axis=0, dtype=np.int64)
            least = int(counts.argmin())
            ratio = len(labels) / max(1, counts[least]) - 1
            if ratio < _WORTH_SAYING:
                return None
            found = f"{classes[least]!r} applies to {counts[least]} of {len(labels)} training samples"
        case _:
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
