"""A process that is fed inputs and may die of one: the next input gets a new process."""

from __future__ import annotations

import multiprocessing
import sys
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_STARTING = 600.0


class Worker:
    """Feeds inputs of a kind one at a time, by its name: the process imports the kind itself."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name, self._seconds = name, seconds
        self._process: Any = None
        self._pipe: Any = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    def feed(self, drawn: Any) -> tuple[str, str]:
        """Return how an input ended; a process that dies or does not answer is a defect."""
        if self._process is None:
            self._start()
        self._pipe.send(drawn)
        if not self._pipe.poll(self._seconds + 10):
            self._stop()
            return "DEFECT", "HungError: the process does not answer"
        try:
            ended: tuple[str, str] = self._pipe.recv()
        except EOFError:
            self._process.join(5)
            code = self._process.exitcode
            self._stop()
            return "DEFECT", f"DeadProcess: exit code {code}"
        return ended

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, self._name, sys.path), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_STARTING) or self._pipe.recv() != "ready":
            raise RuntimeError("the worker does not start")

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = self._pipe = None


def _serve(pipe: Connection, name: str, path: list[str]) -> None:
    sys.path[:] = path
    from made_hostile import KINDS
    from made_hostile.campaign import feed_one

    kind = KINDS[name]
    kind.prepare()
    pipe.send("ready")
    while True:
        try:
            drawn = pipe.recv()
        except EOFError:
            return
        pipe.send(feed_one(kind, drawn))
