"""Runs tests in forks of a process that has imported TensorFlow, each with a time limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from .tree import Tree

_STARTING = 300.0
_NOT_IN_A_TEST = 240.0
NO_TESTS = 5
"""pytest's exit status if nothing was selected."""


class StoppedError(Exception):
    """The process was stopped."""


@dataclass(slots=True)
class Outcome:
    """Result of a run of tests: the first failure, if there is one, and the tests that passed before it.

    Attributes:
        passed: Names of the tests that passed.
        failed: Name of the test that failed, or of the module that could not be imported.
        error: The first line of its message.
        is_timeout: Whether the test ran out of time.
    """

    passed: list[str] = field(default_factory=list)
    failed: str | None = None
    error: str = ""
    is_timeout: bool = False


class TestProcess:
    """The process of one tree, which forks for every run."""

    __test__ = False

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._child: int | None = None
        self._stopped = False
        self._start()

    def run(
        self,
        modules: Sequence[str],
        limit: Callable[[str], float],
        *,
        slow: bool,
        skip: Iterable[str] = (),
    ) -> Outcome:
        """Run the tests of a tier in modules, but for some, until one fails.

        Args:
            modules: Paths of the modules, in order.
            limit: Returns how many seconds a test may take.
            slow: Whether to run the slow tier, instead of the quick one.
            skip: Names of tests to leave out.

        Raises:
            StoppedError: ``stop`` was called.
        """
        scratch = self.tree.folder.parent / f"{self.tree.folder.name}-scratch"
        log = str(self.tree.folder.parent / f"{self.tree.folder.name}.log")
        request = {"modules": list(modules), "skip": sorted(skip), "slow": slow}
        self._send({**request, "scratch": str(scratch), "log": log})
        outcome, running = Outcome(), None
        while True:
            event = self._next(limit(running) if running else _NOT_IN_A_TEST)
            match event:
                case None:
                    self._kill_child()
                    outcome.failed = outcome.failed or running or "(no test)"
                    outcome.error, outcome.is_timeout = "out of time", True
                case {"event": "pid", "pid": pid}:
                    self._child = pid
                case {"event": "start", "test": running}:
                    pass
                case {"event": "passed", "test": test}:
                    outcome.passed.append(test)
                    running = None
                case {"event": "failed", "test": test, "error": error} if not outcome.failed:
                    outcome.failed, outcome.error = test, error
                case {"event": "exit", "status": status}:
                    self._kill_child()  # and its child processes
                    self._child = None
                    if os.waitstatus_to_exitcode(status) not in {0, NO_TESTS} and not outcome.failed:
                        outcome.failed = running or "(start of pytest)"
                        outcome.error = f"pytest ended with {os.waitstatus_to_exitcode(status)}; see {log}"
                    return outcome

    def stop(self) -> None:
        """End the process and its child processes; ``run``, in another thread, raises StoppedError."""
        self._stopped = True
        self._kill_child()
        self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError, AttributeError):
                stream.close()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [self.tree.python, "-P", Path(__file__).with_name("serve.py")],
            cwd=self.tree.folder,
            env=self.tree.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C is for the main process, which stops this one
        )
        self._events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout, self._events), daemon=True)
        self._reader.start()
        assert self._next(_STARTING) == {"event": "ready"}

    @staticmethod
    def _read(stream: Iterable[str], events: SimpleQueue[dict[str, Any]]) -> None:
        for line in stream:
            events.put(json.loads(line))
        events.put({"event": "end"})

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise StoppedError from error

    def _next(self, seconds: float) -> dict[str, Any] | None:
        """Return the next event; None if there is none for so long."""
        try:
            event = self._events.get(timeout=seconds)
        except Empty:
            return None
        if self._stopped:
            raise StoppedError
        if event["event"] == "end":
            raise RuntimeError(f"the test process of {self.tree.folder} ended with {self._process.wait()}")
        return event

    def _kill_child(self) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child, signal.SIGKILL)
