"""A cache folder that can be written, for as long as a run needs one."""

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
    """Where the cache folder cannot be written, say so, and use a temporary one within the block.

    Raises RunError in a fork of a process that used TensorFlow: all that needs the cache trains or evaluates.
    """
    refuse_fork()
    folder = cache_folder()
    reason = _refusal(folder)
    if reason is None:
        yield
        return
    progress.note(
        f"the cache folder {folder} cannot be used ({reason}): nothing is kept for the next run; "
        f"{_VARIABLE} can name another"
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
    """Return why nothing can be written to a folder, which is made if it is not there; None where it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_TRIED)
    except OSError as error:
        return error.strerror or str(error)
    return None
