"""Conformance checks as functions: for an entry, a component of any kind, a data source, or a whole plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tlzoo.testing.checks.adapter import ADAPTER_CHECKS, AdapterSubject
from tlzoo.testing.checks.backbone import BACKBONE_CHECKS
from tlzoo.testing.checks.exporter import EXPORTER_CHECKS, ExporterSubject
from tlzoo.testing.checks.head import HEAD_CHECKS, HeadSubject
from tlzoo.testing.checks.objective import OBJECTIVE_CHECKS, ObjectiveSubject
from tlzoo.testing.checks.plugin import PLUGIN_CHECKS, PluginSubject, hooks_load
from tlzoo.testing.checks.score import SCORE_CHECKS, ScoreSubject
from tlzoo.testing.checks.strategy import STRATEGY_CHECKS, StrategySubject
from tlzoo.testing.checks.task import TASK_CHECKS, TaskSubject
from tlzoo.testing.checks.tracker import TRACKER_CHECKS, TrackerSubject
from tlzoo.testing.outcome import Report, Result
from tlzoo.testing.session import Session
from tlzoo.testing.subject import BackboneSubject

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = [
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
]

Tell = Callable[[Result], None]


def check_entry(entry: Entry | str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of an entry.

    Args:
        entry: The entry, or its name.
        tell: Receives each result immediately.

    Returns:
        The results.

    Raises:
        EntryError: If there is no such entry.
    """
    return Session(BackboneSubject(entry), tell).report(BACKBONE_CHECKS)


def check_plugin(name: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of an installed plugin and its components.

    The components are its entries, heads, strategies, objectives, tasks, scores, exporters and trackers. A data adapter
    is checked if it has a small source of its own, in its attribute ``example``.

    Args:
        name: Name of the plugin.
        tell: Receives each result immediately.

    Returns:
        The results.

    Raises:
        PluginError: If the plugin is not installed.
    """
    from tlzoo.plugins import registered

    subject = PluginSubject(name)
    session = Session(subject, tell)
    results = list(session.report(PLUGIN_CHECKS).results)
    if session.result(hooks_load).outcome == "passed":
        for entry in subject.found.registry.of(name) if subject.found.registry else ():
            results += check_entry(entry, tell).results
        for hook, check in _CHECK_OF.items():
            for each in registered(hook, plugin=name):
                results += check(each.name, tell).results
        for adapter in registered("tlzoo_data_adapters", plugin=name):
            if (example := getattr(adapter.value, "example", None)) is not None:
                results += check_source(example, tell).results
    return Report.of(results)


def check_strategy(reference: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a strategy.

    Args:
        reference: Registered name, ``module:Class`` or ``./file.py:Class``.
        tell: Receives each result immediately.

    Returns:
        The results.
    """
    return Session(StrategySubject(reference), tell).report(STRATEGY_CHECKS)


def check_head(reference: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a head.

    Args:
        reference: Registered name, ``module:Class`` or ``./file.py:Class``.
        tell: Receives each result immediately.

    Returns:
        The results.
    """
    return Session(HeadSubject(reference), tell).report(HEAD_CHECKS)


def check_objective(reference: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of an objective.

    Args:
        reference: Registered name, ``module:Class`` or ``./file.py:Class``.
        tell: Receives each result immediately.

    Returns:
        The results.
    """
    return Session(ObjectiveSubject(reference), tell).report(OBJECTIVE_CHECKS)


def check_task(reference: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a task: its registered kind, ``module:Class`` or ``./file.py:Class``."""
    return Session(TaskSubject(reference), tell).report(TASK_CHECKS)


def check_score(name: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a score.

    Args:
        name: Registered name.
        tell: Receives each result immediately.

    Returns:
        The results.
    """
    return Session(ScoreSubject(name), tell).report(SCORE_CHECKS)


def check_exporter(name: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of an exporter.

    Args:
        name: Registered name of the format.
        tell: Receives each result immediately.

    Returns:
        The results.
    """
    return Session(ExporterSubject(name), tell).report(EXPORTER_CHECKS)


def check_tracker(reference: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a tracker: its registered name, ``module:Class`` or ``./file.py:Class``."""
    return Session(TrackerSubject(reference), tell).report(TRACKER_CHECKS)


def check_source(source: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a data adapter on one of its sources.

    Args:
        source: A small data source.
        tell: Receives each result immediately.

    Returns:
        The results.
    """
    return Session(AdapterSubject(source), tell).report(ADAPTER_CHECKS)


_CHECK_OF: Mapping[str, Callable[[str, Tell], Report]] = {
    "tlzoo_heads": check_head,
    "tlzoo_strategies": check_strategy,
    "tlzoo_objectives": check_objective,
    "tlzoo_tasks": check_task,
    "tlzoo_scores": check_score,
    "tlzoo_exporters": check_exporter,
    "tlzoo_trackers": check_tracker,
}
"""The checks of what a plugin gives for a hook, by its name."""
