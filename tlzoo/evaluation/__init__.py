"""Evaluation: metrics, their plots, and the report of a run."""

from tlzoo.evaluation.activation_maps import activation_maps, shaded
from tlzoo.evaluation.class_curves_plot import ClassPoints
from tlzoo.evaluation.mean_interval import Repeated, mean_interval
from tlzoo.evaluation.page import render_report, write_report
from tlzoo.evaluation.plots import confusion_plot, curves_plot, rate_range_plot
from tlzoo.evaluation.reading import headline, read_metrics
from tlzoo.evaluation.reliability_plot import CalibrationLine
from tlzoo.evaluation.report import (
    AuditLine,
    PhaseSummary,
    Prediction,
    RateRangeTest,
    Report,
    ReportImage,
    TargetLine,
)

__all__ = [
    "AuditLine",
    "CalibrationLine",
    "ClassPoints",
    "PhaseSummary",
    "Prediction",
    "RateRangeTest",
    "Repeated",
    "Report",
    "ReportImage",
    "TargetLine",
    "activation_maps",
    "confusion_plot",
    "curves_plot",
    "headline",
    "mean_interval",
    "rate_range_plot",
    "read_metrics",
    "render_report",
    "shaded",
    "write_report",
]
