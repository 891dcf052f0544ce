"""Local paths of sources, without downloads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tlzoo.files.folders import cache_folder, expanded
from tlzoo.registry import File

from .hashing import tree_digest
from .pins import pinned
from .sources import file_name

MODELS = "TLZOO_MODELS"


def local_path(source: str) -> Path | None:
    """Return the path of a ``package:`` or ``file:`` source, whether or not it exists; None for others.

    Only the top-level package is located, and nothing is imported.
    """
    scheme, _, rest = source.partition(":")
    if scheme == "file":
        return expanded(rest.removeprefix("//") if rest.startswith("///") else rest)
    if scheme == "package":
        package, _, inside = rest.partition("/")
        spec = find_spec(package) if package.isidentifier() else None
        folders = [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]
        found = [folder / inside for folder in folders if (folder / inside).exists()]
        return (found or [folder / inside for folder in folders] or [Path(package) / inside])[0]
    return None


def known_hash(file: File) -> str | None:
    """Return the hash that identifies a file: the declared one, or the pinned one.

    Args:
        file: File of an entry. For a folder, the hash is that of its files.

    Returns:
        ``sha256:…``, ``md5:…`` or ``tree-sha256:…``; None if no hash is known.
    """
    if file.members:
        return tree_digest(file.members)
    if file.hash is not None or local_path(file.source) is not None:
        return file.hash
    pin = pinned(file.source)
    return pin.sha256 if pin else None


def place(hashed: str) -> Path:
    """Return the cache folder for this hash, shared by all entries."""
    return cache_folder() / "files" / hashed.replace(":", "-")


def cached_path(file: File) -> Path | None:
    """Return the cache path of a file, or of a folder's files; None if no hash is known."""
    hashed = known_hash(file)
    return place(hashed) / file_name(file.source) if hashed else None


def tree_path(hashed: str) -> Path:
    """Return the cache path of an unpacked archive or of a folder's files."""
    return place(hashed) / "unpacked"


def user_paths(file: File) -> Iterator[Path]:
    """Yield the possible paths of a file in the user's own folders (``TLZOO_MODELS``)."""
    for folder in os.environ.get(MODELS, "").split(os.pathsep):
        if folder:
            yield expanded(folder) / file_name(file.source)
