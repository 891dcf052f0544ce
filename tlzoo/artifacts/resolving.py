"""From an entry to its files: on this machine, and with the hashes that it declares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tlzoo.errors import EntryError
from tlzoo.registry import Entry, File

from .hashing import verify
from .places import MODELS, cached_path, local_path, user_paths


def resolve(entry: Entry) -> Mapping[str, Path]:
    """Return the paths of an entry's files by their names, each checked against its hash just now.

    Raises EntryError where a file is not on this machine (naming file, hash, source and where to put it), and
    BytesRefusedError where its bytes are not the declared ones.
    """
    return {name: _resolved(f"{entry.id}: {name}", file) for name, file in entry.files.items()}


def _resolved(what: str, file: File) -> Path:
    local = local_path(file.source)
    path = _present(what, file) if local is None else local
    if not path.exists():
        raise EntryError(f"{what}: {path} is not there", f"it should come with {file.source}")
    if file.hash is not None:
        if path.is_dir():
            raise EntryError(f"{what}: {path} is a folder, and a hash is of a file", "declare the hash of an archive")
        verify(path, file.hash, what)
    return path


def _present(what: str, file: File) -> Path:
    """Return where a remote file already lies: in the cache, or in one of the user's folders."""
    cached = cached_path(file)
    if cached is None:
        raise EntryError(f"{what}: {file.source} has no declared hash", "pin one in the registry")
    for path in (cached, *user_paths(file)):
        if path.is_file():
            return path
    raise EntryError(
        f"{what}: {cached.name} is not on this machine",
        f"get {file.source} ({file.hash}) and put it at {cached}, or into a folder named by {MODELS}",
    )
