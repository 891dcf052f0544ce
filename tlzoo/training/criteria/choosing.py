"""Which criterion a task has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.data import Classification
from tlzoo.errors import UsageError
from tlzoo.training.criteria.classification import ClassificationCriterion

if TYPE_CHECKING:
    from tlzoo.training.contract import Setup
    from tlzoo.training.criteria.contract import Criterion

__all__ = ["criterion_for"]


def criterion_for(setup: Setup) -> Criterion:
    """Return the criterion of a setup's task; raise UsageError for one that has none."""
    match setup.data.task:
        case Classification(classes=classes):
            return ClassificationCriterion(len(classes))
    raise UsageError(f"nothing is trained for {setup.data.task.kind} yet")
