"""The kit as functions: all checks of an entry, of a plugin with its entries and strategies, of a strategy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tlzoo.testing.backbone import BACKBONE_CHECKS
from tlzoo.testing.check import Session
from tlzoo.testing.outcome import Report, Result
from tlzoo.testing.plugin import PLUGIN_CHECKS, PluginSubject, hooks_load
from tlzoo.testing.strategy import STRATEGY_CHECKS, StrategySubject
from tlzoo.testing.subject import BackboneSubject

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["check_entry", "check_plugin", "check_strategy"]

Tell = Callable[[Result], None]


def check_entry(entry: Entry | str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of an entry, given as itself or by its name; ``tell`` hears of each result at once.

    Raises EntryError where there is no such entry.
    """
    return Session(BackboneSubject(entry), tell).report(BACKBONE_CHECKS)


def check_plugin(name: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of an installed plugin, of each of its entries, and of each strategy that it gives.

    Raises PluginError where it is not installed.
    """
    from tlzoo.plugins import registered

    subject = PluginSubject(name)
    session = Session(subject, tell)
    results = list(session.report(PLUGIN_CHECKS).results)
    if session.result(hooks_load).outcome == "passed":
        for entry in subject.found.registry.of(name) if subject.found.registry else ():
            results += check_entry(entry, tell).results
        for strategy in registered("tlzoo_strategies", plugin=name):
            results += check_strategy(strategy.name, tell).results
    return Report.of(results)


def check_strategy(reference: str, tell: Tell = lambda _result: None) -> Report:
    """Run all checks of a strategy: its registered name, ``module:Class`` or ``./file.py:Class``."""
    return Session(StrategySubject(reference), tell).report(STRATEGY_CHECKS)
