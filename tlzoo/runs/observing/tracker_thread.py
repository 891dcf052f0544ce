"""A thread for the calls of a tracker, so that a tracker that blocks does not stop the run."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, final

from tlzoo.errors import RunError

__all__ = ["TrackerThread"]


@final
class TrackerThread:
    """Calls the methods of one tracker, always in the same thread, and returns to the run after a time limit.

    The thread is a daemon: a tracker that blocks does not delay the end of the process. Ctrl-C interrupts the run
    between calls, never within one.
    """

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._waiting: SimpleQueue[_Call | None] = SimpleQueue()
        Thread(target=_serve, args=(self._waiting,), name=f"tlzoo tracker {name}", daemon=True).start()

    def call(self, seconds: float, method: Callable[..., Any], *arguments: Any) -> Any:
        """Return the result of a method, or raise its error; raise RunError if it takes longer than ``seconds``."""
        call = _Call(method, arguments)
        self._waiting.put(call)
        if not call.ended.wait(seconds):
            raise RunError(f"no answer after {seconds:g} s")
        if call.error is not None:
            raise call.error
        return call.result

    def end(self) -> None:
        """End the thread after its last call."""
        self._waiting.put(None)


class _Call:
    """A call, and its result or error."""

    def __init__(self, method: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.ended = Event()
        self.result: Any = None
        self.error: BaseException | None = None
        self._run = copy_context().run
        self._method, self._arguments = method, arguments

    def run(self) -> None:
        try:
            self.result = self._run(self._method, *self._arguments)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the run
            self.error = error
        self.ended.set()


def _serve(waiting: SimpleQueue[_Call | None]) -> None:
    while (call := waiting.get()) is not None:
        call.run()
