"""Multi-label classification: any number of classes for each sample."""

from tlzoo.tasks.multi_label.criterion import MultiLabelCriterion
from tlzoo.tasks.multi_label.task import MultiLabel

__all__ = ["MultiLabel", "MultiLabelCriterion"]
