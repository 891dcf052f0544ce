"""What pytest says of the kit: how many checks were run, and that none may be left out without a reason.

pytest finds this by its entry point, in every session where tlzoo is installed, so it imports nothing heavy.
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
    """Mark the reports of checks; fail one that is skipped, or expected to fail, for no reason."""
    report = yield
    if not _is_check(item):
        return report
    if report.when == "call" or (report.when == "setup" and report.skipped):
        for name in ("skip", "skipif", "xfail"):
            if any(not mark.kwargs.get("reason") for mark in item.iter_markers(name)) and not _positional(item, name):
                report.outcome = "failed"
                report.longrepr = f"{item.nodeid}: a check of the kit is marked {name} without a reason"
                vars(report).pop("wasxfail", None)
        report.user_properties.append((_PROPERTY, report.outcome))
    return report


def _positional(item: pytest.Item, name: str) -> bool:
    """Say whether every such mark has its reason as its first argument: ``pytest.mark.skip("no GPU")``."""
    return name == "skip" and all(mark.args or mark.kwargs.get("reason") for mark in item.iter_markers(name))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how many checks were run, failed and were skipped."""
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            outcomes = [value for key, value in getattr(report, "user_properties", ()) if key == _PROPERTY]
            counted.update(outcomes)
    if counted:
        run = counted["passed"] + counted["failed"]
        terminalreporter.write_line(
            f"tlzoo conformance kit: {run} run, {counted['failed']} failed, {counted['skipped']} skipped"
        )
