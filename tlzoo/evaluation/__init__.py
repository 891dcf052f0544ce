"""Evaluation: metrics, their plots, and the report of a run."""

from tlzoo.evaluation.metrics import ClassificationMetrics, ClassMetrics, classification_metrics, wilson_interval
from tlzoo.evaluation.plots import confusion_plot, curves_plot, rate_range_plot
from tlzoo.evaluation.report import (
    AuditLine,
    PhaseSummary,
    Prediction,
    RateRangeTest,
    Report,
    render_report,
    write_report,
)

__all__ = [
    "AuditLine",
    "ClassMetrics",
    "ClassificationMetrics",
    "PhaseSummary",
    "Prediction",
    "RateRangeTest",
    "Report",
    "classification_metrics",
    "confusion_plot",
    "curves_plot",
    "rate_range_plot",
    "render_report",
    "wilson_interval",
    "write_report",
]
