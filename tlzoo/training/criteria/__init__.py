"""What a task's outputs are trained towards and judged by, one task a module."""

from tlzoo.training.criteria.choosing import criterion_for
from tlzoo.training.criteria.contract import Criterion

__all__ = ["Criterion", "criterion_for"]
