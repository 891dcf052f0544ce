"""The conformance kit for authors of plugins: checks as functions, as pytest classes to inherit from, and counted."""

from tlzoo.testing.backbone import BACKBONE_CHECKS
from tlzoo.testing.cases import BackboneChecks, PluginChecks, StrategyChecks
from tlzoo.testing.check import Check, Session, check
from tlzoo.testing.kit import check_entry, check_plugin, check_strategy
from tlzoo.testing.outcome import CheckFailedError, Report, Result, SkippedError, expect
from tlzoo.testing.plugin import PLUGIN_CHECKS, PluginSubject
from tlzoo.testing.strategy import STRATEGY_CHECKS, StrategySubject
from tlzoo.testing.subject import BackboneSubject

__all__ = [
    "BACKBONE_CHECKS",
    "PLUGIN_CHECKS",
    "STRATEGY_CHECKS",
    "BackboneChecks",
    "BackboneSubject",
    "Check",
    "CheckFailedError",
    "PluginChecks",
    "PluginSubject",
    "Report",
    "Result",
    "Session",
    "SkippedError",
    "StrategyChecks",
    "StrategySubject",
    "check",
    "check_entry",
    "check_plugin",
    "check_strategy",
    "expect",
]
