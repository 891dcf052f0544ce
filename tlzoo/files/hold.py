"""Holding a file or folder for as long as a process uses it: the hold ends with the process, however that ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import final

__all__ = ["Held", "hold"]


@final
class Held:
    """A hold on one file or folder; closing it, or the end of the process, releases it."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Held:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.release()


def hold(path: Path, *, shared: bool = False, wait: bool = False) -> Held | None:
    """Hold what lies at ``path``: ``shared`` with others who do, or alone. Return None where that cannot be had.

    That is so where another process holds it (unless ``wait``), where nothing lies there (any more), and on file
    systems and operating systems without ``flock``: who needs a hold must then leave the path alone.
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
        # Whoever held it before may have removed it, and another may lie there now.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return held
    except OSError:
        pass
    held.release()
    return None
