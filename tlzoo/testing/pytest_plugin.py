"""pytest plugin: reports the number of conformance checks, and requires a reason for each skipped check.

pytest loads it by its entry point in every session with tlzoo installed, so it imports nothing heavy.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_PROPERTY = "tlzoo check"


def _is_check(item: pytest.Item) -> bool:
    methods = sys.modules.get("tlzoo.testing.methods")
    return methods is not None and issubclass(getattr(item, "cls", None) or object, methods.Checks)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Mark the reports of checks; fail a check that is skipped, or expected to fail, without a reason."""
    report = yield
    if not _is_check(item):
        return report
    if report.when == "call" or (report.when == "setup" and report.skipped):
        for name in ("skip", "skipif", "xfail"):
            if any(not mark.kwargs.get("reason") for mark in item.iter_markers(name)) and not _positional(item, name):
                report.outcome = "failed"
                report.longrepr = f"{item.nodeid}: a conformance check is marked {name} without a reason"
                vars(report).pop("wasxfail", None)
        report.user_properties.append((_PROPERTY, report.outcome))
    return report


def _positional(item: pytest.Item, name: str) -> bool:
    """Return whether every such mark has a reason as its first argument: ``pytest.mark.skip("no GPU")``."""
    return name == "skip" and all(mark.args or mark.kwargs.get("reason") for mark in item.iter_markers(name))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the number of checks that ran, failed and were skipped."""
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            outcomes = [value for key, value in getattr(report, "user_properties", ()) if key == _PROPERTY]
            counted.update(outcomes)
    if counted:
        run = counted["passed"] + counted["failed"]
        terminalreporter.write_line(
            f"tlzoo conformance checks: {run} run, {counted['failed']} failed, {counted['skipped']} skipped"
        )
