"""Where the bytes of a source may lie on this machine. Nothing is fetched here."""

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
    """Return where a ``package:`` or ``file:`` source lies, whether or not it is there; None for others.

    Only the top-level package is looked for, and nothing is imported.
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
    """Return the hash that names a file: the declared one, of a folder that of its files, else the pinned one."""
    if file.members:
        return tree_digest(file.members)
    if file.hash is not None or local_path(file.source) is not None:
        return file.hash
    pin = pinned(file.source)
    return pin.sha256 if pin else None


def place(hashed: str) -> Path:
    """Return the cache's folder for what has this hash, so that one file serves all entries."""
    return cache_folder() / "files" / hashed.replace(":", "-")


def cached_path(file: File) -> Path | None:
    """Return where the cache keeps a file, or a folder's files; None where no hash is known."""
    hashed = known_hash(file)
    return place(hashed) / file_name(file.source) if hashed else None


def tree_path(hashed: str) -> Path:
    """Return where the cache keeps what an archive, or a folder's files, became."""
    return place(hashed) / "unpacked"


def user_paths(file: File) -> Iterator[Path]:
    """Yield where the user's own folders (``TLZOO_MODELS``) may hold a file."""
    for folder in os.environ.get(MODELS, "").split(os.pathsep):
        if folder:
            yield expanded(folder) / file_name(file.source)
