"""Importer of models published with ``tlzoo publish --to``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import BytesRefusedError
from tlzoo.registry import Entry, File
from tlzoo.registry.reading import parse, parse_text, registry_from

if TYPE_CHECKING:
    from tlzoo.artifacts import HubRepository

__all__ = ["PUBLISHED", "folder_entry", "import_published"]

PUBLISHED = "tlzoo-published"
"""The ``model_type`` in ``config.json`` of a published model."""

_REGISTRY = "registry.toml"
_LOADER = "published"
_FIX = "publish the run again with `tlzoo publish --to`"


def import_published(repository: HubRepository) -> Entry:
    """Return the entry in the ``registry.toml`` of a repository, with files pinned to the commit of the repository.

    Raises BytesRefusedError for another registry than those of published models, or files with other hashes.
    """
    what = f"{repository.handle}: {_REGISTRY}"
    try:
        text = repository.read(_REGISTRY).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BytesRefusedError(f"{what} is not UTF-8: {error}", _FIX) from error
    entry = _only(registry_from(parse_text(text, what, folder=Path("/")), what).entries, what)
    return replace(entry, files={key: _pinned(repository, key, file, what) for key, file in entry.files.items()})


def folder_entry(folder: Path) -> Entry:
    """Return the entry in the ``registry.toml`` of a folder, with files in that folder.

    Raises BytesRefusedError for another registry than those of published models, or files outside the folder.
    """
    folder = folder.resolve()
    what = f"{folder / _REGISTRY}"
    entry = _only(registry_from(parse(folder / _REGISTRY), what).entries, what)
    for key, file in entry.files.items():
        path = Path(file.source.removeprefix("file:"))
        if not file.source.startswith("file:") or path.resolve().parent != folder:
            raise BytesRefusedError(f"{what}: {key} is not a file of this folder: {file.source}", _FIX)
    return entry


def _only(entries: tuple[Entry, ...], what: str) -> Entry:
    if len(entries) != 1 or entries[0].loader != _LOADER:
        raise BytesRefusedError(f"{what} is not the registry of a published model", _FIX)
    for key, file in entries[0].files.items():
        if file.alternatives or file.members or file.unpack or not (file.hash or "").startswith("sha256:"):
            raise BytesRefusedError(f"{what}: {key} must have one source with a SHA-256", _FIX)
    return entries[0]


def _pinned(repository: HubRepository, key: str, file: File, what: str) -> File:
    found = repository.file(file.source.rpartition("/")[2])
    if found.hash is not None and found.hash != file.hash:
        raise BytesRefusedError(f"{what}: {key} has another hash than the file in the repository", _FIX)
    return replace(found, hash=file.hash)
