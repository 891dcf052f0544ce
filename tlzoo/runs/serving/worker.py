"""A worker process of a server: ``python -m tlzoo.runs.serving.worker``, with a job in the first line of its input.

It prints one line of JSON when it is ready, or the error of its start. It stops at SIGTERM and at the end of its input.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.runs.serving.server import Server

__all__ = ["main"]


def main() -> int:
    """Serve until the end; return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # until the server runs
    job = json.loads(sys.stdin.readline())
    from tlzoo.errors import TlzooError

    try:
        with _without_stderr():  # TensorFlow's log lines about the machine
            server = _started(job)
    except TlzooError as error:
        kind = next(each.__name__ for each in type(error).__mro__ if each.__module__ == "tlzoo.errors")
        _tell({"error": error.what, "fix": error.fix, "kind": kind})
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - reported by the parent
        _tell({"error": " ".join(f"{type(error).__name__}: {error}".split()), "fix": None, "kind": "RunError"})
        return 1
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    _tell({"ready": True})
    while not server.wait(1.0):
        pass
    return 0


def _started(job: Mapping[str, Any]) -> Server:
    from tlzoo.artifacts import using
    from tlzoo.runs.run import Run
    from tlzoo.runs.serving.model import open_model
    from tlzoo.runs.serving.options import ServerOptions
    from tlzoo.runs.serving.runtimes import file_beside
    from tlzoo.runs.serving.server import ThreadServer

    options = ServerOptions.checked(**job["options"])
    file = None if job["file"] is None else file_beside(Path(job["file"]), options.runtime)
    with using(trusted=frozenset(job["trusted"])):
        model = open_model(Run(job["run"]), options, file, _report)
    return ThreadServer(model, options, socket.socket(fileno=job["socket"]), _report)


def _report(line: str) -> None:
    sys.stderr.write(f"tlzoo: {line}\n")


def _stop_at_end_of_input(server: Server) -> None:
    sys.stdin.read()
    server.stop()


def _tell(answer: Mapping[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the parent is gone; the end of the input stops this process
        print(json.dumps(answer), flush=True)  # noqa: T201 - read by the parent


@contextmanager
def _without_stderr() -> Iterator[None]:
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    sys.exit(main())
