"""What a task's outputs are trained towards and judged by, one task a module."""

from tlzoo.training.criteria.choosing import criterion_for, score_name
from tlzoo.training.criteria.contract import Criterion
from tlzoo.training.criteria.multi_label import MultiLabelCriterion

__all__ = ["Criterion", "MultiLabelCriterion", "criterion_for", "score_name"]
