"""The registry of the user's own entries, ``local/…``, in the folder of settings: written by commands, read by all."""

from __future__ import annotations

from pathlib import Path

from tlzoo.errors import UsageError
from tlzoo.files.atomic import write_text
from tlzoo.files.folders import own_registry_path
from tlzoo.files.lock import exclusive

from .entry import Entry
from .merging import LOCAL, RESERVED, Provider, Registry, declarations_of
from .reading import parse, registry_from
from .writing import index_text

__all__ = ["add_own_entry", "own_entries"]

_HEADER = """\
# Entries of your own: written by `tlzoo registry add` and `tlzoo publish`; mend them as you like.
format = 1
"""
_API = ">=0.2,<0.3"


def own_entries(path: Path | None = None) -> tuple[Entry, ...]:
    """Return the entries of the user's own registry, or of another such file; none where there is no file."""
    path = path or Path(own_registry_path())
    return registry_from(parse(path), str(path)).entries if path.is_file() else ()


def add_own_entry(entry: Entry, path: Path | None = None) -> Path:
    """Write an entry into the user's own registry, or into another such file; return which.

    Raises UsageError where the file has one of that id, or the id is of no namespace ``local``; RegistryError where the
    entry breaks the schema, or the file does: then nothing is written.
    """
    path = path or Path(own_registry_path())
    if entry.namespace != LOCAL:
        raise UsageError(f"{entry.id!r} is not of the namespace {LOCAL!r}", f"call it {LOCAL}/NAME")
    with exclusive(path):
        before = own_entries(path)
        if any(each.id == entry.id for each in before):
            raise UsageError(f"{path} has an entry {entry.id!r}", "give another name, or remove that entry")
        entries = tuple(sorted((*before, entry), key=lambda each: each.id))
        provider = Provider(RESERVED[LOCAL], RESERVED[LOCAL], _API, (LOCAL,))
        text = index_text(Registry(str(path), (provider,), entries, declarations_of(entries)), _HEADER)
        _check(text, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return path


def _check(text: str, path: Path) -> None:
    import tomllib

    from .validation import validated

    validated(tomllib.loads(text), str(path))
