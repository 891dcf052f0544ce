"""Distinguish an interruption by the user from a KeyboardInterrupt raised by a plugin."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["interruptions"]


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether SIGINT arrived within the block.

    Signals arrive only in the main thread, and only if Python handles them.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield lambda: False
        return
    arrived: list[int] = []

    def noting(number: int, frame: Any) -> Any:
        arrived.append(number)
        return handler(number, frame)

    signal.signal(signal.SIGINT, noting)
    try:
        yield lambda: bool(arrived)
    finally:
        if signal.getsignal(signal.SIGINT) is noting:  # the plugin may have set its own
            signal.signal(signal.SIGINT, handler)
