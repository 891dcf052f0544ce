"""Exclusive locks for reading, changing and writing back a file."""

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
"""Seconds to wait before printing a note."""


@contextmanager
def exclusive(path: Path, *, seconds: float = 60, note: Callable[[str], None] | None = None) -> Iterator[None]:
    """Lock a path exclusively within the block, with a lock file in the cache folder, not next to the path.

    The lock ends with its process. If the cache is not writable, there is no lock.

    Args:
        path: File or folder to change. It may not exist.
        seconds: Maximum time to wait for another process.
        note: Called once if this process has to wait.

    Raises:
        TlzooError: If another process holds the path for longer than ``seconds``.
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
    """Acquire a FileLock; print a note after a second of waiting, and give up after ``seconds``.

    Raises TlzooError on timeout, and OSError if the lock cannot be created.
    """
    from filelock import Timeout

    try:
        try:
            lock.acquire(timeout=min(_PATIENCE, seconds))
        except Timeout:
            if note is not None:
                note(f"waiting for another process that is writing {what}")
            lock.acquire(timeout=max(0.0, seconds - _PATIENCE))
    except Timeout as error:
        raise TlzooError(
            f"another process has been writing {what} for {seconds:g} s", "wait for that process, or stop it"
        ) from error
