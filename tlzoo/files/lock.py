"""One process at a time changes a file: reading it, changing it and writing it back must not interleave."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tlzoo.errors import TlzooError
from tlzoo.files.folders import cache_folder

__all__ = ["acquire", "exclusive"]

_PATIENCE = 1.0
"""Seconds to wait before saying so."""


@contextmanager
def exclusive(path: Path, *, seconds: float = 60, note: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a path alone within the block, by a lock in the cache folder; nothing is left beside the path.

    The lock ends with its process, however that ends. Where the cache cannot be written there is no lock.

    Args:
        path: the file or folder that is changed. It need not exist.
        seconds: how long to wait for another process.
        note: is told once that this process waits.

    Raises:
        TlzooError: another process holds the path for longer than ``seconds``.
    """
    from filelock import FileLock

    guard = cache_folder() / "locks" / f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]}.lock"
    lock: Any = FileLock(guard)
    try:
        guard.parent.mkdir(parents=True, exist_ok=True)
        acquire(lock, str(path), seconds=seconds, note=note)
    except OSError:
        lock = None
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def acquire(lock: Any, what: str, *, seconds: float, note: Callable[[str], None] | None = None) -> None:
    """Acquire a FileLock; say after a second that another process holds it, and give up after ``seconds``.

    Raises TlzooError then, and OSError where the lock cannot be made.
    """
    from filelock import Timeout

    try:
        try:
            lock.acquire(timeout=min(_PATIENCE, seconds))
        except Timeout:
            if note is not None:
                note(f"waiting for another process that writes {what}")
            lock.acquire(timeout=max(0.0, seconds - _PATIENCE))
    except Timeout as error:
        raise TlzooError(f"another process writes {what} for {seconds:g} s", "wait for it, or stop it") from error
