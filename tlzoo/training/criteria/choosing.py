"""Which criterion a task has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data import Classification, MultiLabel, Regression, check_balance, scaling_of
from tlzoo.errors import UsageError
from tlzoo.training.criteria.classification import ClassificationCriterion
from tlzoo.training.criteria.multi_label import MultiLabelCriterion
from tlzoo.training.criteria.regression import RegressionCriterion

if TYPE_CHECKING:
    from tlzoo.training.contract import Setup
    from tlzoo.training.criteria.contract import Criterion

__all__ = ["criterion_for", "score_name"]

_SCORES = {
    Classification.kind: "accuracy",
    MultiLabel.kind: "mean average precision",
    Regression.kind: "explained variance",
}


def score_name(kind: str, balance: str) -> str:
    """Return the name of the score by which the phases of a task are compared; "score" for another trainer's."""
    if kind == Classification.kind and balance != "none":
        return "balanced accuracy"
    return _SCORES.get(kind, "score")


def criterion_for(setup: Setup) -> Criterion:
    """Return the criterion of a setup's task. Raises UsageError for a balance, a loss or thresholds that it has not."""
    data = setup.data
    check_balance(data.task, setup.balance)
    if setup.loss is not None and not isinstance(data.task, Regression):
        raise UsageError(
            f"the loss {setup.loss!r} is for numbers, and {data.source} is {data.task.kind}", "leave it out"
        )
    if setup.thresholds == "validation":
        if not isinstance(data.task, MultiLabel):
            raise UsageError(f"thresholds are of several labels; {data.source} is {data.task.kind}", "leave them out")
        if not len(data.validation):
            raise UsageError("no validation split to choose thresholds by", "leave them out, or give more data")
    trained = data.labels[data.train]
    match data.task:
        case Classification(classes=classes):
            return ClassificationCriterion(classes, np.bincount(trained, minlength=len(classes)), setup.balance)
        case MultiLabel(classes=classes):
            counts = trained.sum(axis=0, dtype=np.int64)
            return MultiLabelCriterion(classes, counts, len(trained), setup.balance)
        case Regression(targets=targets):
            scaling = setup.scaling or scaling_of(data)
            means, deviations = np.array(scaling.means), np.array(scaling.deviations)
            return RegressionCriterion(targets, means, deviations, setup.loss or "mse")
