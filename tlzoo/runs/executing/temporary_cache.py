"""A temporary cache folder for a run if the cache is not writable."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tlzoo.files.folders import cache_folder
from tlzoo.process.forks import refuse_fork
from tlzoo.progress import Progress

__all__ = ["usable_cache"]

_VARIABLE = "TLZOO_CACHE"
_TRIED = b"\0" * 65536


@contextmanager
def usable_cache(progress: Progress) -> Iterator[None]:
    """If the cache folder is not writable, print a note and use a temporary one within the block.

    Raises RunError in a fork of a process that used TensorFlow, as everything that needs the cache trains or evaluates.
    """
    refuse_fork()
    folder = cache_folder()
    reason = _refusal(folder)
    if reason is None:
        yield
        return
    progress.note(
        f"the cache folder {folder} cannot be used ({reason}), so features are not cached for later runs; "
        f"set {_VARIABLE} to another folder"
    )
    before = os.environ.get(_VARIABLE)
    with tempfile.TemporaryDirectory(prefix="tlzoo-cache-", ignore_cleanup_errors=True) as temporary:
        os.environ[_VARIABLE] = temporary
        try:
            yield
        finally:
            if before is None:
                del os.environ[_VARIABLE]
            else:
                os.environ[_VARIABLE] = before


def _refusal(folder: Path) -> str | None:
    """Return why a folder, created if missing, is not writable; None if it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_TRIED)
    except OSError as error:
        return error.strerror or str(error)
    return None
