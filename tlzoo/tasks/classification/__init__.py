"""Classification: one class of several for each sample."""

from tlzoo.tasks.classification.criterion import ClassificationCriterion
from tlzoo.tasks.classification.task import Classification

__all__ = ["Classification", "ClassificationCriterion"]
