"""Start of coverage with a context for each test and phase, imported at the start of every measured process.

pytest writes ``TEST (PHASE)`` into the environment variable ``PYTEST_CURRENT_TEST``. Processes that a test starts
inherit it, and a server that forks for tests sets it: an audit hook sees every assignment.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import coverage

_NAME = "PYTEST_CURRENT_TEST"


def _switch(context: str) -> None:
    measuring = coverage.Coverage.current()
    if measuring is not None and context.startswith(("tests/", "plugins/")):  # not a test that a test runs
        measuring.switch_context(context)


def _follow(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.putenv" and os.fsdecode(arguments[0]) == _NAME:
        _switch(os.fsdecode(arguments[1]))


coverage.process_startup()  # unless coverage's own .pth file did that
if coverage.Coverage.current() is not None:
    _switch(os.environ.get(_NAME, ""))
    sys.addaudithook(_follow)
