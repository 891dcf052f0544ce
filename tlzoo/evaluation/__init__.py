"""Evaluation: metrics, their plots, and the report of a run."""

from tlzoo.evaluation.activation_maps import activation_maps, shaded
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
    "activation_maps",
    "classification_metrics",
    "confusion_plot",
    "curves_plot",
    "rate_range_plot",
    "render_report",
    "shaded",
    "wilson_interval",
    "write_report",
]
