"""Unlabelled inputs, such as the target of domain adaptation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tlzoo.data.contract import Array, Dataset, Samples
from tlzoo.tasks import Classification, Task

__all__ = ["UNLABELLED", "is_labelled", "without_labels"]

UNLABELLED = Classification(("unlabelled",))
"""The task of unlabelled samples: a single class."""


def without_labels(samples: Samples, wanted: Array) -> Dataset:
    """Return the inputs at the positions ``wanted`` (int64) as a training split whose labels are all zero.

    Weights, groups and declared splits are omitted too: they may depend on labels.
    """
    bare = replace(
        samples,
        task=UNLABELLED,
        labels=np.zeros(len(samples.labels), np.int64),
        weights=None,
        groups=None,
        given={},
    )
    nothing = np.empty(0, np.int64)
    return Dataset(bare, train=np.sort(wanted), validation=nothing, test=nothing)


def is_labelled(task: Task) -> bool:
    """Return whether samples of this task have labels."""
    return task != UNLABELLED
