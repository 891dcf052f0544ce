"""Regression: one or several numbers for each sample."""

from tlzoo.tasks.regression.criterion import RegressionCriterion
from tlzoo.tasks.regression.task import Regression

__all__ = ["Regression", "RegressionCriterion"]
