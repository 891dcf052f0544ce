"""Files and folders that are there whole or not at all, whatever kills the process that writes them.

What is being written lies beside its place as ``.NAME.….part``, held by its process. What a dead process left of that
is removed by the next write into the same folder.
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
    """Yield a stream to a temporary neighbour, which takes the place of ``path`` when the block ends without error."""
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
    """Write UTF-8 text atomically; a surrogate, a byte of a file's name, is written as an escape that JSON reads."""
    with atomic_write(path) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))


@contextmanager
def atomic_folder(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary neighbour folder, which takes the place of ``path`` when the block ends without an error.

    An older folder at ``path`` is replaced; for a moment there is none. ``durable`` writes every file through to the
    disk first, so that not even a power cut leaves a folder that is not whole; who has checksums can do without.
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
    """Put a folder in the place of another; where a second process does the same, the last one stays."""
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
    """Yield a new folder beside ``path``; it is gone after the block, or after the next write if the process dies."""
    remove_leftovers(path.parent)
    temporary, held = _claimed(path, folder=True)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        held.release()


def remove_folder(path: Path) -> None:
    """Remove a folder so that nobody sees half of it: it is renamed first. One that is not there is no error."""
    remove_leftovers(path.parent)
    aside, held = _claimed(path, folder=True)
    try:
        with suppress(FileNotFoundError):
            path.replace(aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        held.release()


def remove_leftovers(folder: Path) -> int:
    """Remove what dead processes left half-written in a folder; return how many bytes that was."""
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
    """Return a new file or folder beside ``path``, held, so that no other process takes it for a leftover."""
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
        if temporary.exists():  # this system has no such locks, and so nobody removes it
            return temporary, Held(None)


def _umask() -> int:
    """Return the process's umask: temporary files are private, what takes their place is not."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sync(path: Path) -> None:
    """Make what is written last through a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
