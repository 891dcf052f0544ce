"""Atomic writing of files and folders: they are complete or absent, even if the writing process is killed.

Temporary files are next to the final path as ``.NAME.….part``, locked by their process. The next write to the same
folder removes temporary files of dead processes.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tlzoo.files.hold import Held, hold

__all__ = [
    "atomic_folder",
    "atomic_write",
    "remove_folder",
    "remove_leftovers",
    "sync",
    "temporary_folder",
    "write_text",
]

_PART = ".part"


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream to a temporary file, which replaces ``path`` if the block ends without an error."""
    remove_leftovers(path.parent)
    temporary, held = _claimed(path, folder=False)
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        held.release()
    sync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically; a surrogate, a byte of a file name, is written as an escape that JSON can read."""
    with atomic_write(path) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))


@contextmanager
def atomic_folder(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary folder, which replaces ``path`` if the block ends without an error.

    An older folder at ``path`` is replaced; for a moment no folder exists. ``durable`` first flushes every file to
    disk, so that even a power failure does not leave an incomplete folder; it is not needed if there are checksums.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(path) as temporary:
        yield temporary
        if durable:
            for each in (*temporary.rglob("*"), temporary):
                sync(each)
        temporary.chmod(0o777 & ~_umask())
        _replace_folder(temporary, path)
    sync(path.parent)


_TIMES = 100


def _replace_folder(temporary: Path, path: Path) -> None:
    """Replace a folder by another; if a second process does the same, the last one wins."""
    for left in reversed(range(_TIMES)):
        remove_folder(path)
        try:
            temporary.replace(path)
        except OSError as error:
            if not left or error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        else:
            return


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder next to ``path``; it is removed after the block, or by the next write if the process dies."""
    remove_leftovers(path.parent)
    temporary, held = _claimed(path, folder=True)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        held.release()


def remove_folder(path: Path) -> None:
    """Remove a folder atomically, by renaming it first. A missing folder is not an error."""
    remove_leftovers(path.parent)
    aside, held = _claimed(path, folder=True)
    try:
        with suppress(FileNotFoundError):
            path.replace(aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        held.release()


def remove_leftovers(folder: Path) -> int:
    """Remove incomplete files of dead processes in a folder; return the number of bytes removed."""
    freed = 0
    try:
        parts = [entry for entry in os.scandir(folder) if entry.name.startswith(".") and entry.name.endswith(_PART)]
    except OSError:
        return 0
    for entry in parts:
        path = Path(entry.path)
        held = hold(path)
        if held is None:
            continue
        with held, suppress(OSError):
            if entry.is_dir(follow_symlinks=False):
                size = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
                shutil.rmtree(path)
            else:
                size = entry.stat(follow_symlinks=False).st_size
                path.unlink()
            freed += size
    return freed


def _claimed(path: Path, *, folder: bool) -> tuple[Path, Held]:
    """Return a new locked file or folder next to ``path``, so that no other process removes it as a leftover."""
    while True:
        if folder:
            temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART))
        else:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART)
            os.close(descriptor)
            temporary = Path(name)
        held = hold(temporary, wait=True)
        if held is not None:
            return temporary, held
        if temporary.exists():  # without file locks on this system, nothing removes it
            return temporary, Held(None)


def _umask() -> int:
    """Return the umask of the process: temporary files are private, final files are not."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sync(path: Path) -> None:
    """Flush a path to disk, if the system supports it."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
