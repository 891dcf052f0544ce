"""Location of an entry's files: in a plugin, on this machine, or to be downloaded.

Listing checks hundreds of entries, so only names are looked up. No file is opened, hashed or imported, except the
lock file with pinned hashes if it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from tlzoo.files.folders import cache_path, settings_path

if TYPE_CHECKING:
    from tlzoo.registry import Entry, File

__all__ = ["Availability", "Places", "sources_of"]

Availability = Literal["packaged", "here", "to fetch", "plugin missing"]
Source = list[Any]
"""Cached location of a file in JSON: a kind, and the data to find it."""


def sources_of(entry: Entry) -> list[Source]:
    """Return the locations of the files that an entry loads, without its card."""
    return [_source(file) for name, file in entry.files.items() if name != "card"]


def _source(file: File) -> Source:
    from tlzoo.artifacts.hashing import tree_digest
    from tlzoo.artifacts.sources import file_name

    scheme, _, rest = file.source.partition(":")
    if scheme == "package":
        return ["package"]
    if scheme == "file":
        return ["path", rest.removeprefix("//") if rest.startswith("///") else rest]
    hashed = tree_digest(file.members) if file.members else file.hash
    return ["remote", file.source, hashed, file_name(file.source)]


class Places:
    """The files on this machine now. Each folder is read once."""

    def __init__(self) -> None:
        """Read the cache folder, which may not exist."""
        self._cache = os.path.join(cache_path(), "files")  # noqa: PTH118 (pathlib is slow)
        self._cached = _names_in(self._cache)
        models = os.environ.get("TLZOO_MODELS", "").split(os.pathsep)
        self._by_hand = {name for folder in models if folder for name in _names_in(os.path.expanduser(folder))}  # noqa: PTH111
        self._pins: Mapping[str, Any] | None = None

    def availability(self, sources: Iterable[Source], *, installed: bool) -> Availability | None:
        """Return where an entry's files are; None for an entry without files."""
        if not installed:
            return "plugin missing"
        found = {self._of(source) for source in sources}
        if not found:
            return None
        return next(each for each in ("to fetch", "here", "packaged") if each in found)

    def _of(self, source: Source) -> Availability:
        kind, *rest = source
        if kind == "package":
            return "packaged"
        if kind == "path":
            return "here" if os.path.exists(os.path.expanduser(rest[0])) else "to fetch"  # noqa: PTH110, PTH111
        address, hashed, name = rest
        if name in self._by_hand:
            return "here"
        folder = (hashed or self._pinned(address) or "").replace(":", "-")
        if folder not in self._cached:
            return "to fetch"
        inside = _names_in(os.path.join(self._cache, folder))  # noqa: PTH118
        return "here" if name in inside or "unpacked" in inside else "to fetch"

    def _pinned(self, source: str) -> str | None:
        """Return the pinned hash of a source in ``tlzoo.lock``; None if there is none or the lock is damaged."""
        if self._pins is None:
            self._pins = _pins()
        pin = self._pins.get(source)
        found = pin.get("sha256") if isinstance(pin, dict) else None
        return found if isinstance(found, str) else None


def _names_in(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 (pathlib is slow)
    except OSError:
        return set()


def _pins() -> Mapping[str, Any]:
    """Return the pins of the lock file found as in ``tlzoo.artifacts.pins``, unchecked."""
    chosen, here = os.environ.get("TLZOO_LOCK"), "tlzoo.lock"
    own = os.path.join(settings_path(), here)  # noqa: PTH118 (pathlib is slow)
    path = os.path.expanduser(chosen) if chosen else here if os.path.isfile(here) else own  # noqa: PTH111, PTH113
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (pathlib is slow)
            import tomllib  # only needed if there is a lock

            pins = tomllib.load(stream).get("pins", {})
    except (OSError, ValueError):
        return {}
    return pins if isinstance(pins, dict) else {}
