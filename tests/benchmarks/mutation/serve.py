"""A process that imports TensorFlow once and runs tests in forks of itself, for ``forks.py``.

TensorFlow starts its threads with the first operation, so a fork made before is sound. tlzoo is imported in the fork.

Each line of the input is a request: ``{"modules", "skip", "slow", "scratch", "log"}``. Each line of the output
is an event: ``pid`` of the fork, then ``start``, ``passed`` and ``failed`` of tests, then ``exit``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any, TextIO

import pytest

_MOST_BYTES = 10 * 2**30


class Reporter:
    """A pytest plugin that selects tests of one tier, takes modules in the order asked for, and reports each test."""

    def __init__(self, request: dict[str, Any], events: TextIO) -> None:
        self._skip, self._slow, self._events = set(request["skip"]), request["slow"], events
        self._modules = request["modules"]

    def say(self, **event: Any) -> None:
        self._events.write(json.dumps(event) + "\n")
        self._events.flush()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        if hasattr(config.option, "all"):
            config.option.all = True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of the tier, in pytest's order within their module."""
        items[:] = sorted(
            (
                item
                for item in items
                if item.nodeid not in self._skip and (item.get_closest_marker("slow") is not None) is self._slow
            ),
            key=lambda item: self._modules.index(item.nodeid.partition("::")[0]),
        )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.say(event="start", test=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.say(event="failed", test=report.nodeid, error=_message(report))
        elif report.when == "teardown":
            self.say(event="passed", test=report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.say(event="failed", test=report.nodeid, error=_message(report))


def _message(report: pytest.TestReport | pytest.CollectReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = report.longreprtext.strip().splitlines()
    return " ".join((crash.message if crash else "".join(lines[-1:])).split())[:160]


def run_tests(request: dict[str, Any], events: TextIO) -> int:
    os.setpgid(0, 0)  # processes that tests leave running are stopped with the group
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    output = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", f"--basetemp={request['scratch']}"]
    return int(pytest.main([*options, *request["modules"]], plugins=[Reporter(request, events)]))


def main() -> None:
    import keras  # noqa: F401 - each import here is for the processes that fork
    import matplotlib.figure  # noqa: F401 - as above
    import sklearn.linear_model  # noqa: F401 - as above

    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    events.write('{"event": "ready"}\n')
    events.flush()
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = run_tests(json.loads(line), events)
            finally:
                os._exit(code)
        events.write(json.dumps({"event": "pid", "pid": child}) + "\n")
        events.flush()
        events.write(json.dumps({"event": "exit", "status": os.waitpid(child, 0)[1]}) + "\n")
        events.flush()


if __name__ == "__main__":
    main()
