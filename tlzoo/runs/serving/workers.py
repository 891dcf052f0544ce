"""Several worker processes of one server, which share its socket; each has a model of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, final

from tlzoo import errors
from tlzoo.artifacts import settings
from tlzoo.errors import RunError, TlzooError, UsageError
from tlzoo.runs.serving.metrics import MULTIPROCESS
from tlzoo.runs.serving.options import ServerOptions
from tlzoo.runs.serving.server import Server, url_of

if TYPE_CHECKING:
    from tlzoo.runs.serving.runtimes import ServedFile

__all__ = ["Workers"]

_PAUSE = 0.2
"""Seconds between two looks at the workers."""


@final
class Workers(Server):
    """A server of several processes. A worker that dies is replaced; if that fails, the server ends with the error."""

    def __init__(
        self,
        run: Path,
        options: ServerOptions,
        file: ServedFile | None,
        listening: socket.socket,
        report: Callable[[str], None],
    ) -> None:
        if sys.platform == "win32":
            raise UsageError(f"workers={options.workers} is not supported on Windows", "use one worker")
        self.url = url_of(options.host, listening)
        self._run = run
        self._options = options
        self._file = file
        self._listening = listening
        self._report = report
        self._metrics = TemporaryDirectory(prefix="tlzoo-serve-")
        self._stopping = threading.Event()
        self._error: TlzooError | None = None
        self._processes: list[subprocess.Popen[str]] = []
        try:
            self._processes += [self._started() for _ in range(options.workers)]
            for each in self._processes:
                _wait_until_ready(each)
        except BaseException:
            self.stop()
            self._end()
            raise
        self._watcher = threading.Thread(target=self._watch, name="tlzoo-workers", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Let the workers refuse new requests and finish those that run; return at once."""
        self._stopping.set()
        for each in self._processes:
            each.terminate()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all workers have ended; return whether they have.

        Raises the error of a worker that could not be replaced, once.
        """
        self._watcher.join(seconds)
        if self._watcher.is_alive():
            return False
        error, self._error = self._error, None
        if error is not None:
            raise error
        return True

    def _started(self) -> subprocess.Popen[str]:
        job = {
            "run": str(self._run),
            "options": self._options.model_dump(),
            "file": None if self._file is None else str(self._file.file.path),
            "socket": self._listening.fileno(),
            "trusted": sorted(settings().trusted),
        }
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tlzoo.runs.serving.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                pass_fds=[self._listening.fileno()],
                start_new_session=True,  # Ctrl-C goes to this process, which stops the workers
                env={**os.environ, MULTIPROCESS: self._metrics.name},
            )
        except OSError as error:
            raise RunError(f"a worker cannot be started: {error}", "use fewer workers") from error
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it ended at once, which is found when it is waited for
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()  # it stays open: the worker stops when this process dies
        return process

    def _watch(self) -> None:
        """Replace workers that die, until the server stops or one cannot be replaced; then end."""
        while not self._stopping.wait(_PAUSE):
            for at, each in enumerate(self._processes):
                if each.poll() is None or self._stopping.is_set():
                    continue
                self._report(f"a worker ended with exit code {each.returncode}; it is replaced")
                try:
                    self._processes[at] = self._started()
                    _close(each)
                    _wait_until_ready(self._processes[at])
                except TlzooError as error:
                    if not self._stopping.is_set():  # otherwise the new worker was stopped, too
                        self._error = error
                        self._stopping.set()
        for each in self._processes:
            each.terminate()  # also one that was just started
        self._end()

    def _end(self) -> None:
        """Wait until the workers have ended, kill those that do not, and release the socket."""
        last = time.monotonic() + self._options.timeout + 5
        for each in self._processes:
            try:
                each.wait(max(0.0, last - time.monotonic()))
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()
            _close(each)
        self._listening.close()
        self._metrics.cleanup()
        if self._file is not None:
            self._file.close()


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        with suppress(BrokenPipeError):
            stream.close()


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    """Wait for the first line of a worker; raise the error that it reports."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found: dict[str, Any] = json.loads(line) if line else {}
    if found.get("ready"):
        return
    process.wait()
    if "error" not in found:
        raise RunError(
            f"a worker ended at its start with exit code {process.returncode}", "use one worker, which shows the reason"
        )
    kind = getattr(errors, found["kind"], RunError)
    raise kind(found["error"], found["fix"])
