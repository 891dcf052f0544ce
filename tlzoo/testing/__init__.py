"""Conformance checks for plugin authors, as functions and as pytest classes."""

from tlzoo.testing.cases import (
    AdapterChecks,
    BackboneChecks,
    ExporterChecks,
    HeadChecks,
    ObjectiveChecks,
    PluginChecks,
    ScoreChecks,
    StrategyChecks,
    TaskChecks,
    TrackerChecks,
    TrainerChecks,
)
from tlzoo.testing.checks.adapter import ADAPTER_CHECKS, AdapterSubject
from tlzoo.testing.checks.backbone import BACKBONE_CHECKS
from tlzoo.testing.checks.exporter import EXPORTER_CHECKS, ExporterSubject
from tlzoo.testing.checks.head import HEAD_CHECKS, HeadSubject
from tlzoo.testing.checks.objective import OBJECTIVE_CHECKS, ObjectiveSubject
from tlzoo.testing.checks.plugin import PLUGIN_CHECKS, PluginSubject
from tlzoo.testing.checks.score import SCORE_CHECKS, ScoreSubject
from tlzoo.testing.checks.strategy import STRATEGY_CHECKS, StrategySubject
from tlzoo.testing.checks.task import TASK_CHECKS, TaskSubject
from tlzoo.testing.checks.tracker import TRACKER_CHECKS, TrackerSubject
from tlzoo.testing.checks.trainer import TrainerSubject
from tlzoo.testing.checks.trainer_answers import TRAINER_CHECKS
from tlzoo.testing.kit import (
    check_entry,
    check_exporter,
    check_head,
    check_objective,
    check_plugin,
    check_score,
    check_source,
    check_strategy,
    check_task,
    check_tracker,
)
from tlzoo.testing.outcome import CheckFailedError, Report, Result, SkippedError, expect
from tlzoo.testing.session import Check, Session, check
from tlzoo.testing.subject import BackboneSubject

__all__ = [
    "ADAPTER_CHECKS",
    "BACKBONE_CHECKS",
    "EXPORTER_CHECKS",
    "HEAD_CHECKS",
    "OBJECTIVE_CHECKS",
    "PLUGIN_CHECKS",
    "SCORE_CHECKS",
    "STRATEGY_CHECKS",
    "TASK_CHECKS",
    "TRACKER_CHECKS",
    "TRAINER_CHECKS",
    "AdapterChecks",
    "AdapterSubject",
    "BackboneChecks",
    "BackboneSubject",
    "Check",
    "CheckFailedError",
    "ExporterChecks",
    "ExporterSubject",
    "HeadChecks",
    "HeadSubject",
    "ObjectiveChecks",
    "ObjectiveSubject",
    "PluginChecks",
    "PluginSubject",
    "Report",
    "Result",
    "ScoreChecks",
    "ScoreSubject",
    "Session",
    "SkippedError",
    "StrategyChecks",
    "StrategySubject",
    "TaskChecks",
    "TaskSubject",
    "TrackerChecks",
    "TrackerSubject",
    "TrainerChecks",
    "TrainerSubject",
    "check",
    "check_entry",
    "check_exporter",
    "check_head",
    "check_objective",
    "check_plugin",
    "check_score",
    "check_source",
    "check_strategy",
    "check_task",
    "check_tracker",
    "expect",
]
