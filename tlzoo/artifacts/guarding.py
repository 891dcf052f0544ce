"""One process at a time changes a file outside of the cache; nothing is left beside that file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlzoo.folders import cache_folder

__all__ = ["guarded"]


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Hold a path alone as long as the block takes, by a lock in the cache folder that dies with its process."""
    from filelock import FileLock

    guard = cache_folder() / "locks" / f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]}.lock"
    guard.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(guard):
        yield
