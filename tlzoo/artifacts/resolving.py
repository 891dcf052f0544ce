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


def locate(file: File) -> Path | None:
    """Return where a file lies on this machine, unchecked, or None where it is not here."""
    local = local_path(file.source)
    candidates = [local] if local is not None else [cached_path(file), *user_paths(file)]
    return next((path for path in candidates if path is not None and path.exists()), None)


def _resolved(what: str, file: File) -> Path:
    path = locate(file)
    if path is None:
        raise _absent(what, file)
    if file.hash is None and local_path(file.source) is None:
        raise EntryError(f"{what}: {file.source} has no declared hash", "pin one in the registry")
    if file.hash is not None:
        if path.is_dir():
            raise EntryError(f"{what}: {path} is a folder, and a hash is of a file", "declare the hash of an archive")
        verify(path, file.hash, what)
    return path


def _absent(what: str, file: File) -> EntryError:
    """Say which file is missing, and what to do about it."""
    local, cached = local_path(file.source), cached_path(file)
    if local is not None:
        return EntryError(f"{what}: {local} is not there", "reinstall the plugin" if file.source[0] == "p" else None)
    if cached is None:
        return EntryError(f"{what}: {file.source} has no declared hash", "pin one in the registry")
    where = f"put it at {cached}, or into a folder named by {MODELS}"
    return EntryError(f"{what}: {cached.name} is not on this machine", f"get {file.source} ({file.hash}) and {where}")
