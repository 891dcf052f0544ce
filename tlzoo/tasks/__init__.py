"""Tasks: what is learned from labels, with its loss, score, metrics, answers and report section. One folder a task."""

from tlzoo.tasks.classification import Classification, ClassificationCriterion
from tlzoo.tasks.contract import DescribedAnswer, Doubt, Labels, Positions, ServingAnswers, Task
from tlzoo.tasks.criterion import Criterion, Loss
from tlzoo.tasks.lookup import core_tasks, find_task, task_kinds, task_named, task_of_result
from tlzoo.tasks.metrics import Compared, Figure, Metrics, PlainMetrics, ReportSection, Scattered, Score
from tlzoo.tasks.multi_label import MultiLabel, MultiLabelCriterion
from tlzoo.tasks.options import BALANCES, Balance, TaskOptions
from tlzoo.tasks.regression import Regression, RegressionCriterion

__all__ = [
    "BALANCES",
    "Balance",
    "Classification",
    "ClassificationCriterion",
    "Compared",
    "Criterion",
    "DescribedAnswer",
    "Doubt",
    "Figure",
    "Labels",
    "Loss",
    "Metrics",
    "MultiLabel",
    "MultiLabelCriterion",
    "PlainMetrics",
    "Positions",
    "Regression",
    "RegressionCriterion",
    "ReportSection",
    "Scattered",
    "Score",
    "ServingAnswers",
    "Task",
    "TaskOptions",
    "core_tasks",
    "find_task",
    "task_kinds",
    "task_named",
    "task_of_result",
]
