"""Cleanup of the run folder after an interrupted training."""

from __future__ import annotations

import errno
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tlzoo.errors import RunError, TlzooError
from tlzoo.progress import Progress
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal

__all__ = ["can_resume", "cleanup_on_failure"]

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_SPACE = "No space left on device"


@contextmanager
def cleanup_on_failure(
    progress: Progress, make: Callable[[], RunFolder], *, new_in: Path | None = None, advises: bool = True
) -> Iterator[RunFolder]:
    """Yield the folder that ``make`` returns. On an error, report how to resume the run, if ``advises``.

    A folder that is ``new_in`` another one is removed if nothing was trained. A KeyboardInterrupt gets a message that
    names ``tlzoo resume``. An OSError becomes a RunError.
    """
    parent_is_new = new_in is not None and not new_in.exists()
    folder = make()
    try:
        yield folder
    except BaseException as error:
        trained = folder.metrics.exists()
        resume = f"`tlzoo resume {shlex.quote(str(folder.path))}`"
        remains = trained or new_in is None
        if not remains:
            shutil.rmtree(folder.path, ignore_errors=True)
            if parent_is_new:
                _remove_if_empty(folder.path.parent)
        if isinstance(error, KeyboardInterrupt):
            said = f"resume with {resume}" if remains else "nothing was trained yet; the run folder is removed"
            raise KeyboardInterrupt(f"interrupted; {said}") from error
        if trained and advises and not isinstance(error, TlzooError):
            progress.note(f"training so far is saved; fix the error, then resume with {resume}")
        elif trained and advises and new_in is not None:
            progress.note(_advice(folder, resume))
        told = _told(error, folder.path)
        if told is None:
            raise
        raise told from error


def _advice(folder: RunFolder, resume: str) -> str:
    if can_resume(folder):
        return f"training so far is saved; fix the error, then resume with {resume}"
    return f"results so far are in {folder.path}"


def can_resume(folder: RunFolder) -> bool:
    """Return whether a run may continue: its journal is readable, and no phase failed, which a resume would repeat."""
    with suppress(TlzooError, OSError):
        return Journal(folder.journal).find("failed") is None
    return False


def _told(error: BaseException, path: Path) -> TlzooError | None:
    """Return a system error as an error of tlzoo; None for errors of tlzoo and other errors."""
    if isinstance(error, TlzooError):
        return None
    full = getattr(error, "errno", None) in _FULL or _NO_SPACE in str(error)
    if full:
        return RunError(f"no space left on the disk of {path}", "free some space, or choose another folder with --out")
    if not isinstance(error, OSError):
        return None
    what = f"{error.filename}: " if error.filename else ""
    return RunError(f"{what}{error.strerror or error}", f"check that {path} is writable")


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
