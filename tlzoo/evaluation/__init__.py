"""Evaluation: metrics, their plots, and the report of a run."""

from tlzoo.evaluation.activation_maps import activation_maps, shaded
from tlzoo.evaluation.plots import confusion_plot, curves_plot, rate_range_plot
from tlzoo.evaluation.reading import headline, read_metrics
from tlzoo.evaluation.report import (
    AuditLine,
    PhaseSummary,
    Prediction,
    RateRangeTest,
    Report,
    ReportImage,
    TargetLine,
    render_report,
    write_report,
)
from tlzoo.tasks.classification.metrics import (
    ClassificationMetrics,
    ClassMetrics,
    classification_metrics,
    wilson_interval,
)
from tlzoo.tasks.metrics import Compared, Figure, Metrics, PlainMetrics, ReportSection, Scattered, Score
from tlzoo.tasks.multi_label.metrics import (
    THRESHOLD,
    LabelMetrics,
    MultiLabelMetrics,
    best_thresholds,
    mean_average_precision,
    multi_label_metrics,
)
from tlzoo.tasks.regression.metrics import RegressionMetrics, TargetMetrics, regression_metrics

__all__ = [
    "THRESHOLD",
    "AuditLine",
    "ClassMetrics",
    "ClassificationMetrics",
    "Compared",
    "Figure",
    "LabelMetrics",
    "Metrics",
    "MultiLabelMetrics",
    "PhaseSummary",
    "PlainMetrics",
    "Prediction",
    "RateRangeTest",
    "RegressionMetrics",
    "Report",
    "ReportImage",
    "ReportSection",
    "Scattered",
    "Score",
    "TargetLine",
    "TargetMetrics",
    "activation_maps",
    "best_thresholds",
    "classification_metrics",
    "confusion_plot",
    "curves_plot",
    "headline",
    "mean_average_precision",
    "multi_label_metrics",
    "rate_range_plot",
    "read_metrics",
    "regression_metrics",
    "render_report",
    "shaded",
    "wilson_interval",
    "write_report",
]
