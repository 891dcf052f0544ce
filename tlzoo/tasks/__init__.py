"""Tasks, with loss, score, metrics, predictions and report section. One folder per task."""

from tlzoo.tasks.answers import AnswerFile, DescribedAnswer, Doubt, TextPiece
from tlzoo.tasks.calibration import Calibrate
from tlzoo.tasks.classification import Classification, ClassificationCriterion
from tlzoo.tasks.classification.metrics import (
    ClassificationMetrics,
    ClassMetrics,
    classification_metrics,
)
from tlzoo.tasks.conformal import CoverageRow, MeasuredCoverage
from tlzoo.tasks.contract import OutputForm, Positions, ServingAnswers, Task
from tlzoo.tasks.criterion import Criterion, Loss, mean_loss
from tlzoo.tasks.curves import ClassCurves, Curves
from tlzoo.tasks.decision import PLAIN, Decision
from tlzoo.tasks.label_rows import Labels
from tlzoo.tasks.lookup import core_tasks, find_task, task_kinds, task_named, task_of_result
from tlzoo.tasks.metrics import Compared, Figure, Metrics, PlainMetrics, Reliable, ReportSection, Scattered, Score
from tlzoo.tasks.multi_label import MultiLabel, MultiLabelCriterion
from tlzoo.tasks.multi_label.metrics import (
    LabelMetrics,
    MultiLabelMetrics,
    mean_average_precision,
    multi_label_metrics,
)
from tlzoo.tasks.options import BALANCES, Balance, TaskOptions
from tlzoo.tasks.outcomes import KeptAnswers, Measure, Outcomes, check_kept, macro_mean, ratio, weighted_means
from tlzoo.tasks.placement import Placement
from tlzoo.tasks.regression import Regression, RegressionCriterion
from tlzoo.tasks.regression.metrics import RegressionMetrics, TargetMetrics, regression_metrics
from tlzoo.tasks.reliability import Reliability, ReliabilityBin
from tlzoo.tasks.softmax import SoftmaxCriterion
from tlzoo.tasks.standard_errors import wilson_interval
from tlzoo.tasks.thresholds import THRESHOLD, ThresholdRule, best_thresholds

__all__ = [
    "BALANCES",
    "PLAIN",
    "THRESHOLD",
    "AnswerFile",
    "Balance",
    "Calibrate",
    "ClassCurves",
    "ClassMetrics",
    "Classification",
    "ClassificationCriterion",
    "ClassificationMetrics",
    "Compared",
    "CoverageRow",
    "Criterion",
    "Curves",
    "Decision",
    "DescribedAnswer",
    "Doubt",
    "Figure",
    "KeptAnswers",
    "LabelMetrics",
    "Labels",
    "Loss",
    "Measure",
    "MeasuredCoverage",
    "Metrics",
    "MultiLabel",
    "MultiLabelCriterion",
    "MultiLabelMetrics",
    "Outcomes",
    "OutputForm",
    "Placement",
    "PlainMetrics",
    "Positions",
    "Regression",
    "RegressionCriterion",
    "RegressionMetrics",
    "Reliability",
    "ReliabilityBin",
    "Reliable",
    "ReportSection",
    "Scattered",
    "Score",
    "ServingAnswers",
    "SoftmaxCriterion",
    "TargetMetrics",
    "Task",
    "TaskOptions",
    "TextPiece",
    "ThresholdRule",
    "best_thresholds",
    "check_kept",
    "classification_metrics",
    "core_tasks",
    "find_task",
    "macro_mean",
    "mean_average_precision",
    "mean_loss",
    "multi_label_metrics",
    "ratio",
    "regression_metrics",
    "task_kinds",
    "task_named",
    "task_of_result",
    "weighted_means",
    "wilson_interval",
]
