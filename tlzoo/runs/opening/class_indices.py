"""Other data for a trained model, with labels converted to the model's class indices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.inspection.label_spelling import spelling
from tlzoo.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from tlzoo.data import Dataset, Samples
    from tlzoo.tasks import Labels, Task

__all__ = ["reindexed_test_split"]


def reindexed_test_split(samples: Samples, positions: np.ndarray, task: Task) -> Dataset:
    """Return a data set with these positions (int64) as the test split and labels of the model's task.

    Raises DataError if the samples are of another kind, or have a class or target that the model does not know.
    """
    from tlzoo.data import Dataset

    if samples.task.kind != task.kind:
        raise DataError(
            f"{samples.source} is {samples.task.kind}, but the model learned {task.kind}",
            f"use {task.kind} data; for arrays and tables, ?task={task.kind} sets the kind of labels",
        )
    renumbered = replace(samples, labels=_known(samples, task), task=task)
    nothing = np.empty(0, dtype=np.int64)
    return Dataset(renumbered, train=nothing, validation=nothing, test=positions)


def _as_learned(name: str, task: Task) -> str:
    """Return a class name in the model's spelling: ``Good`` becomes ``good`` if the model has one such class."""
    if name in task.names or not task.exclusive:
        return name
    alike = [each for each in task.names if spelling(each) == spelling(name)]
    return alike[0] if len(alike) == 1 else name


def _known(samples: Samples, task: Task) -> Labels:
    """Return the labels as the model's class indices. Raises DataError for an unknown class or target."""
    own = "class" if task.class_names else "target"
    labels, names = task.converted(samples.labels, samples.task.names)
    spelled = {name: _as_learned(name, task) for name in names}
    for name, learned in spelled.items():
        if learned not in task.names:
            raise DataError(
                f"{samples.source} has the {own} {name!r}", did_you_mean(name, task.names, valid="the model has")
            )
    for name in task.names:
        if not (task.exclusive or task.names_of_labels) and name not in names:
            raise DataError(
                f"{samples.source} lacks the {own} {name!r}, which the model predicts", "add its true values"
            )
    return task.reindexed(labels, tuple(spelled.values()))
