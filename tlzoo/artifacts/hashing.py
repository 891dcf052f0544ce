"""Hashing and verification of files and folders."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from tlzoo.errors import BytesRefusedError

__all__ = ["digest", "digests_in", "tree_digest", "verify", "verify_tree"]

_REPLACE = "replace the file"
_CHUNK = 2**20


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Return ``sha256:…`` or ``md5:…`` of a file, read as a stream.

    At most the file's size is read, so a pseudo file cannot be endless.

    Args:
        path: Regular file.
        algorithm: ``"sha256"`` or ``"md5"``.

    Returns:
        The algorithm, a colon and hexadecimal digits.

    Raises:
        BytesRefusedError: If the path is a device, a pipe or a socket.
    """
    with open(path, "rb", opener=_without_waiting) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise BytesRefusedError(f"{path} is not a regular file", "use a regular file")
        found, left = hashlib.new(algorithm, usedforsecurity=algorithm != "md5"), status.st_size
        while left and (chunk := stream.read(min(left, _CHUNK))):
            found.update(chunk)
            left -= len(chunk)
        return f"{algorithm}:{found.hexdigest()}"


def verify(path: Path, expected: str, what: str, fix: str = _REPLACE) -> None:
    """Compare a file or folder with its hash.

    Args:
        path: File or folder.
        expected: Expected hash.
        what: Start of messages.
        fix: How to fix a difference, for messages.

    Raises:
        BytesRefusedError: If the hash differs.
    """
    algorithm = expected.partition(":")[0]
    found = tree_digest(digests_in(path, what)) if algorithm == "tree-sha256" else digest(path, algorithm)
    if found != expected:
        raise BytesRefusedError(f"{what}: {path} has {found}, not the declared {expected}", fix)


def verify_tree(folder: Path, expected: Mapping[str, str], what: str, fix: str, *, whole: bool) -> None:
    """Compare each file of a folder with its hash.

    Args:
        folder: Folder.
        expected: ``sha256:…`` by path within the folder.
        what: Start of messages.
        fix: How to fix a difference, for messages.
        whole: If True, other files in the folder are refused, too.

    Raises:
        BytesRefusedError: If a file is missing or differs.
    """
    if whole:
        for path in _paths_in(folder, what):
            if path not in expected:
                raise BytesRefusedError(f"{what}: {folder / path} does not belong to it", fix)
    for path, hashed in expected.items():
        if not (folder / path).is_file():
            raise BytesRefusedError(f"{what}: {folder / path} is missing", fix)
        verify(folder / path, hashed, what, fix)


def digests_in(folder: Path, what: str) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder.

    Args:
        folder: Folder.
        what: Start of messages.

    Returns:
        ``sha256:…`` by path within the folder.

    Raises:
        BytesRefusedError: If a path is a link or not a regular file.
    """
    return {path: digest(folder / path) for path in _paths_in(folder, what)}


def tree_digest(digests: Mapping[str, str]) -> str:
    """Return ``tree-sha256:…`` of a folder: the SHA-256 of a line ``sha256:… PATH`` per file, sorted by path.

    >>> tree_digest({})
    'tree-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

    Args:
        digests: ``sha256:…`` of each file by path, as returned by ``digests_in``.

    Returns:
        The hash of the folder.
    """
    lines = "".join(f"{digests[path]} {path}\n" for path in sorted(digests))
    return f"tree-sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _without_waiting(path: str, flags: int) -> int:
    """Open a path without blocking, as a pipe without a writer would."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _paths_in(folder: Path, what: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        for name in sorted([*folders, *files]):
            path = Path(parent, name)
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise BytesRefusedError(f"{what}: {path} is a link or not a file", "replace it by a regular file")
        folders.sort()
        yield from (Path(parent, name).relative_to(folder).as_posix() for name in sorted(files))
