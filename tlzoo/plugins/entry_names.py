"""Resolve a name typed by the user to an entry."""

from __future__ import annotations

from collections.abc import Mapping

from tlzoo.errors import EntryError, nearest
from tlzoo.registry import Entry


def resolve_name(name: str, entries: Mapping[str, Entry]) -> Entry:
    """Return the entry with this id, former id, or short name (without namespace, or without namespace and weights).

    Raises EntryError if none or several match. A former id works with a FutureWarning. For a removed entry, the error
    names its replacement.
    """
    if name in entries:
        return entries[name]
    for entry in entries.values():
        if name in entry.aliases:
            import warnings

            warnings.warn(f"{name!r} is now called {entry.id!r}", FutureWarning, stacklevel=3)
            return entry
    fitting = [entry for entry in entries.values() if name in _short_names(entry.id)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise EntryError(f"{name!r} is ambiguous: {_either([entry.id for entry in fitting])}", "use a full id")
    for entry in entries.values():
        if any(name in (removed, *_short_names(removed)) for removed in entry.replaces):
            raise EntryError(
                f"{name!r} was removed from the zoo; {entry.id!r} replaces it",
                f"use that entry; runs with the removed one need an earlier version of {entry.plugin}",
            )
    near = _near(name, entries)
    fix = f"did you mean {_either(near)}?" if near else "`tlzoo list` lists all"
    raise EntryError(f"no entry {name!r}", fix)


def _short_names(entry_id: str) -> tuple[str, ...]:
    namespace, _, name = entry_id.partition("/")
    architecture = name.partition(".")[0]
    return name, architecture, f"{namespace}/{architecture}"


def _near(name: str, entries: Mapping[str, Entry]) -> list[str]:
    """Return the ids closest to a misspelt full or short name, best first."""
    ids: dict[str, list[str]] = {}
    for entry in entries.values():
        for known in (entry.id, *_short_names(entry.id)):
            ids.setdefault(known, []).append(entry.id)
    return list(dict.fromkeys(found for known in nearest(name, ids) for found in ids[known]))[:3]


def _either(names: list[str]) -> str:
    return " or ".join(repr(name) for name in names)
