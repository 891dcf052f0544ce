"""Listing and removal of cached files, without TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tlzoo.artifacts.in_use import guard_of, stop_using
from tlzoo.files.atomic import remove_folder, remove_leftovers
from tlzoo.files.folders import cache_folder
from tlzoo.files.hold import hold
from tlzoo.training.frozen.feature_set import ABOUT, DamagedError, read_about

__all__ = ["DOWNLOADS", "FILES", "Cached", "list_cache", "remove_cached", "to_remove"]

Kind = Literal["features", "file", "download", "registry", "plugin scan", "listing", "image record"]

FILES: Kind = "file"
"""Verified files have to be downloaded again; everything else is recreated from files on this machine."""

DOWNLOADS: Kind = "download"
"""Partial downloads, which can be resumed."""

_RECORDS: dict[str, Kind] = {
    "registries": "registry",
    "plugins": "plugin scan",
    "listings": "listing",
    "images": "image record",
}
_SUBJECTS = {"plugin scan": "the installed distributions", "listing": "the entries of the installed distributions"}
_LOCK = ".lock"
_UNPACKED = "unpacked"


@dataclass(frozen=True, slots=True)
class Cached:
    """An item in the cache. ``what`` describes it, ``last_used`` is UTC, ``in_use`` means that a process uses it now.

    ``rows`` is None for items without rows.
    """

    kind: Kind
    name: str
    what: str
    bytes: int
    rows: int | None
    last_used: datetime
    in_use: bool
    path: Path

    def to_json(self) -> dict[str, Any]:
        """Return plain values; the time is ISO 8601."""
        return asdict(self) | {"last_used": self.last_used.isoformat(timespec="seconds"), "path": str(self.path)}


def list_cache() -> list[Cached]:
    """Return the items of the cache: features first, then files and records; the most recently used first."""
    folder = cache_folder()
    fetched = [*_files(folder / "files"), *_downloads(folder / "downloads")]
    found = [*_features(folder / "features"), *fetched, *_records(folder)]
    order = ["features", FILES, DOWNLOADS, *_RECORDS.values()]
    return sorted(found, key=lambda each: (order.index(each.kind), -each.last_used.timestamp(), each.name))


def to_remove(cached: list[Cached], before: datetime | None, most_bytes: int | None) -> list[Cached]:
    """Return the items last used before a time, then the least recently used until ``most_bytes`` are left."""
    old = [each for each in cached if before is not None and each.last_used < before]
    rest = sorted((each for each in cached if each not in old), key=lambda each: each.last_used)
    excess = sum(each.bytes for each in rest) - most_bytes if most_bytes is not None else 0
    for each in rest:
        if excess <= 0:
            break
        old.append(each)
        excess -= each.bytes
    return old


def remove_cached(cached: Cached) -> bool:
    """Remove an item; return False if a process uses it. Remains of dead processes next to it are removed too."""
    remove_leftovers(cached.path.parent)
    if cached.kind in {FILES, DOWNLOADS}:
        return _remove_fetched(cached.path)
    if cached.kind != "features":
        with suppress(FileNotFoundError):
            remove_folder(cached.path) if cached.path.is_dir() else cached.path.unlink()
        return True
    return _remove_features(cached.path)


def _remove_features(path: Path) -> bool:
    """Remove a set of features while holding its lock and the exclusive lock of its files."""
    from filelock import FileLock, Timeout

    lock = path.with_name(path.name + _LOCK)
    try:
        with FileLock(lock, timeout=0):
            if (path / ABOUT).exists():
                held = hold(path / ABOUT)
                if held is None:
                    return False
                with held:
                    remove_folder(path)
            else:
                remove_folder(path)
            lock.unlink(missing_ok=True)  # while locked: a waiting process notices and creates a new lock
    except Timeout:
        return False
    return True


def _remove_fetched(path: Path) -> bool:
    """Remove an unused file or a partial download while holding the download lock."""
    from filelock import FileLock, Timeout

    lock = path.with_name(path.name + _LOCK)
    stop_using(path)
    try:
        with FileLock(lock, timeout=0):
            guard = guard_of(path)
            held = hold(guard) if guard.exists() else None
            if guard.exists() and held is None:
                return False
            with held or nullcontext():
                remove_folder(path)
            lock.unlink(missing_ok=True)
    except Timeout:
        return False
    return True


def _features(folder: Path) -> Iterator[Cached]:
    for path in _children(folder):
        if not path.is_dir():
            continue
        size, about = _size(path), path / ABOUT
        try:
            said = read_about(path)
            what, rows = said.description or "features", said.rows
        except (FileNotFoundError, DamagedError):
            what, rows = "damaged or from another version of tlzoo; recreated when needed", None
        held = hold(about) if about.exists() else None
        in_use = about.exists() and held is None
        if held is not None:
            held.release()
        yield Cached(
            "features", path.name[:12], what, size, rows, _used(about if about.exists() else path), in_use, path
        )


def _files(folder: Path) -> Iterator[Cached]:
    for path in _children(folder):
        inside = _inside(path)
        names = [each.name for each in inside]
        used = max((_used(each) for each in inside), default=_used(path))
        what = ", ".join(name for name in names if name != _UNPACKED) or "an unpacked archive"
        if _UNPACKED in names and len(names) > 1:
            what += ", unpacked"
        yield Cached(FILES, path.name[:19], what, _size(path), None, used, _held(path), path)


def _downloads(folder: Path) -> Iterator[Cached]:
    for path in _children(folder):
        what = f"partial download of {path.name.partition('-')[2]}"
        used = max((_used(each) for each in _inside(path)), default=_used(path))
        yield Cached(DOWNLOADS, path.name[:16], what, _size(path), None, used, _held(path), path)


def _held(path: Path) -> bool:
    """Return whether a process downloads or uses this."""
    return any(_is_held(each) for each in (path.with_name(path.name + _LOCK), guard_of(path)))


def _is_held(lock: Path) -> bool:
    held = hold(lock) if lock.exists() else None
    if held is not None:
        held.release()
    return lock.exists() and held is None


def _records(folder: Path) -> Iterator[Cached]:
    for name, kind in _RECORDS.items():
        for path in _children(folder / name):
            yield Cached(kind, path.stem, _subject(path, kind), _size(path), None, _used(path), in_use=False, path=path)


def _subject(path: Path, kind: Kind) -> str:
    """Return the subject of a record: a registry file or a folder of images."""
    try:
        with path.open(encoding="utf-8") as stream:
            if kind == "image record":
                return str(json.loads(next(stream))[-1])
            key = json.load(stream)["key"]
    except (OSError, ValueError, KeyError, TypeError, IndexError, StopIteration):
        return "damaged; recreated when needed"
    return str(key[0]) if kind == "registry" else _SUBJECTS[kind]


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name[0] != "." and path.suffix not in {_LOCK, ".part"})
    except OSError:
        return []


def _inside(path: Path) -> list[Path]:
    """Return the files in a folder, or the file itself; nothing if another process just removed it."""
    try:
        return sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        return []


def _size(path: Path) -> int:
    paths = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    total = 0
    for each in paths:
        with suppress(OSError):
            total += each.stat().st_size
    return total


def _used(path: Path) -> datetime:
    """Return the time of the last read or write, as far as the file system records it."""
    try:
        status = path.stat()
    except OSError:
        return datetime.fromtimestamp(0, UTC)
    read = 0.0 if path.name == ABOUT else status.st_atime  # listing reads this file, too
    return datetime.fromtimestamp(max(read, status.st_mtime), UTC)
