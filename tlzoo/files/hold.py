"""Locks on a file or folder in use, released when the process ends for any reason."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import final

__all__ = ["Held", "hold"]


@final
class Held:
    """A lock on one file or folder; closing it, or the end of the process, releases it."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Release the lock; a second call has no effect."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Held:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self.release()


def hold(path: Path, *, shared: bool = False, wait: bool = False) -> Held | None:
    """Lock ``path``, ``shared`` or exclusively. Return None if that is not possible.

    Reasons are that another process holds the lock (unless ``wait``), that the path does not exist (any more), or that
    the file system or operating system lacks ``flock``. Code that needs a lock must then not touch the path.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    held = Held(descriptor)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        # The previous holder may have removed or replaced it.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return held
    except OSError:
        pass
    held.release()
    return None
