"""Detection of plugins that ended their process, as ``os._exit`` and a segmentation fault do.

No handler runs then. So a process marks the plugin whose code it is about to run with a locked file in the cache
folder, and removes it afterwards. A mark without a lock was left by a dead process.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tlzoo.files.folders import cache_path
from tlzoo.files.hold import Held, hold

__all__ = ["running_code_of", "take_crash"]


@contextmanager
def running_code_of(name: str) -> Iterator[None]:
    """Mark a plugin while its code runs within the block; without locks or a writable cache, do nothing."""
    mark = _mark(name)
    try:
        yield
    finally:
        if mark is not None:
            path, held = mark
            with suppress(OSError):
                path.unlink()
            held.release()


def take_crash(name: str) -> bool:
    """Return whether a process ended while it ran a plugin's code, and remove its marks.

    A process killed from outside leaves the same mark, so try the plugin before you call it broken.
    """
    crashed = False
    for path in _folder().glob(f"{name}.*"):
        held = hold(path)
        if held is not None:
            with held, suppress(OSError):
                path.unlink()
                crashed = True
    return crashed


def _mark(name: str) -> tuple[Path, Held] | None:
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(prefix=f"{name}.", dir=_folder())
        os.close(descriptor)
        held = hold(Path(path))
        if held is not None:
            return Path(path), held
        Path(path).unlink()  # it would look like a crash of this process
    except OSError:
        pass
    return None


def _folder() -> Path:
    return Path(cache_path()) / "running-plugins"
