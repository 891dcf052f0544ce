"""A pytest plugin that records the time of every test, for ``suite.py`` and ``mutants.py``.

It writes a JSON line ``[test, CPU seconds, wall seconds, slow, outcome]`` for each. CPU time is that of the process and
of its child processes that have ended. A module fixture's time belongs to the first test that uses it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("recording")
    group.addoption("--record", metavar="FILE", help="append the time of every test to this file")
    group.addoption("--every-tier", action="store_true", help="run tests marked slow, too")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--every-tier") and hasattr(config.option, "all"):
        config.option.all = True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    cpu, wall = _cpu_seconds(), time.perf_counter()
    item.stash[_OUTCOMES] = set()
    try:
        return (yield)
    finally:
        outcomes = item.stash[_OUTCOMES]
        outcome = next((each for each in ("failed", "skipped") if each in outcomes), "passed")
        seconds = round(_cpu_seconds() - cpu, 3), round(time.perf_counter() - wall, 3)
        line = json.dumps([item.nodeid, *seconds, item.get_closest_marker("slow") is not None, outcome]) + "\n"
        with Path(item.config.getoption("--record")).open("a", encoding="utf-8") as stream:
            stream.write(line)


_OUTCOMES = pytest.StashKey[set[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_OUTCOMES].add(report.outcome)
    return report


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
