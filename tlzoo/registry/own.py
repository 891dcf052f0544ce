"""Registry of the user's own entries, ``local/…``, in the settings folder."""

from __future__ import annotations

import os
from pathlib import Path

from tlzoo.errors import UsageError
from tlzoo.files.atomic import write_text
from tlzoo.files.folders import own_registry_path
from tlzoo.files.lock import exclusive

from .entry import Entry
from .merging import LOCAL, RESERVED, Provider, Registry, declarations_of
from .reading import parse, registry_from
from .writing import index_text

__all__ = ["PLUGIN_API", "add_own_entry", "own_entries", "refuse_taken"]

_HEADER = """\
# Your own entries. Written by `tlzoo registry add` and `tlzoo publish`; you may edit them.
format = 1
"""
PLUGIN_API = ">=0.2,<0.3"
"""Compatible plugin API versions in the registries of the user's own entries."""


def own_entries(path: Path | None = None) -> tuple[Entry, ...]:
    """Return the entries of the user's registry.

    Args:
        path: Registry file. None: the one in the settings folder.

    Returns:
        The entries; empty if the file does not exist.
    """
    path = path or Path(own_registry_path())
    return registry_from(parse(path), str(path)).entries if path.is_file() else ()


def add_own_entry(entry: Entry, path: Path | None = None) -> Path:
    """Add an entry to the user's registry.

    Args:
        entry: Entry in the namespace ``local``.
        path: Registry file. None: the one in the settings folder.

    Returns:
        The registry file.

    Raises:
        UsageError: If the id exists, or is not in the namespace ``local``.
        RegistryError: If the entry or the file is invalid. Then nothing is written.
    """
    path = path or Path(own_registry_path())
    if entry.namespace != LOCAL:
        raise UsageError(f"{entry.id!r} is not in the namespace {LOCAL!r}", f"use an id such as {LOCAL}/NAME")
    with exclusive(path):
        refuse_taken(entry.id, path)
        before = own_entries(path)
        entries = tuple(sorted((*before, entry), key=lambda each: each.id))
        provider = Provider(RESERVED[LOCAL], RESERVED[LOCAL], PLUGIN_API, (LOCAL,))
        text = index_text(Registry(str(path), (provider,), entries, declarations_of(entries)), _HEADER)
        _check(text, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return path


def refuse_taken(entry_id: str, path: Path | None = None) -> None:
    """Raise UsageError if the user's registry, or the one in ``path``, has this id or cannot be written."""
    path = path or Path(own_registry_path())
    there = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    if path.is_dir() or not os.access(there, os.W_OK) or not (there.is_dir() or path.is_file()):
        raise UsageError(f"{path} cannot be written", "give another file with --registry")
    if any(each.id == entry_id for each in own_entries(path)):
        raise UsageError(f"{path} already has an entry {entry_id!r}", "choose another name, or remove that entry")


def _check(text: str, path: Path) -> None:
    import tomllib

    from .validation import validated

    validated(tomllib.loads(text), str(path))
