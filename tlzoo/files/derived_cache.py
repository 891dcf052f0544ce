"""Cache of values derived from files, valid until one of the files changes.

Listing uses only this module, so it imports little: ``pathlib`` would take as long as reading five hundred entries.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable
from typing import Any

from tlzoo.files.folders import cache_path

__all__ = ["cached_from_files", "stamp"]

Stamp = list[int] | None


def cached_from_files(
    kind: str, name: str, key: list[Any], make: Callable[[], tuple[Any, Iterable[str] | None]]
) -> Any:
    """Return the cached result of ``make()`` for this key, if the files it depends on have not changed.

    ``make`` returns a value (of JSON types) and the files or folders that it depends on; None for these disables
    caching. ``key`` (of JSON types) is whatever else the value depends on. A corrupt copy is recreated; a cache that is
    not writable is skipped.
    """
    copy = os.path.join(cache_path(), kind, f"{zlib.crc32(os.fsencode(name)):08x}-{len(name)}.json")  # noqa: PTH118 (pathlib is slow)
    kept = _read(copy)
    if kept is not None and kept["key"] == key and all(stamp(path) == made for path, made in kept["files"].items()):
        return kept["found"]
    found, files = make()
    if files is not None:
        _write(copy, {"key": key, "files": {path: stamp(path) for path in files}, "found": found})
    return found


def stamp(path: str) -> Stamp:
    """Return a value that changes when a file or folder does; None if it does not exist.

    Besides size and modification time, it has the inode and the status change time, which differ if another file of
    equal size and time is moved or written to the path.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 (pathlib is slow)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size, status.st_ctime_ns, status.st_ino]


def _read(copy: str) -> dict[str, Any] | None:
    try:
        with open(copy, "rb") as stream:  # noqa: PTH123 (pathlib is slow)
            kept = json.loads(stream.read())
    except (OSError, ValueError, RecursionError):
        return None
    whole = isinstance(kept, dict) and kept.keys() == {"key", "files", "found"} and isinstance(kept["files"], dict)
    return kept if whole else None


def _write(copy: str, kept: dict[str, Any]) -> None:
    from contextlib import suppress
    from pathlib import Path

    from tlzoo.files.atomic import write_text

    path = Path(copy)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(kept, separators=(",", ":")))
