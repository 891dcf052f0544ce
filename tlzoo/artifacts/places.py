"""Where the bytes of a source may lie on this machine. Nothing is fetched here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from tlzoo.folders import cache_folder
from tlzoo.registry import File

MODELS = "TLZOO_MODELS"


def local_path(source: str) -> Path | None:
    """Return where a ``package:`` or ``file:`` source lies, whether or not it is there; None for others.

    Only the top-level package is looked for, and nothing is imported.
    """
    scheme, _, rest = source.partition(":")
    if scheme == "file":
        return Path(rest.removeprefix("//") if rest.startswith("///") else rest).expanduser()
    if scheme == "package":
        package, _, inside = rest.partition("/")
        spec = find_spec(package) if package.isidentifier() else None
        folders = [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]
        found = [folder / inside for folder in folders if (folder / inside).exists()]
        return (found or [folder / inside for folder in folders] or [Path(package) / inside])[0]
    return None


def file_name(source: str) -> str:
    """Return the last part of a remote source: the name that its file keeps, since loaders go by it."""
    return unquote(PurePosixPath(urlsplit(source).path).name) or "file"


def cached_path(file: File) -> Path | None:
    """Return where the cache keeps a file, by its hash, so that one serves all entries; None without a hash."""
    if file.hash is None:
        return None
    return cache_folder() / "files" / file.hash.replace(":", "-") / file_name(file.source)


def user_paths(file: File) -> Iterator[Path]:
    """Yield where the user's own folders (``TLZOO_MODELS``) may hold a file."""
    for folder in os.environ.get(MODELS, "").split(os.pathsep):
        if folder:
            yield Path(folder).expanduser() / file_name(file.source)
