"""What was made once from files, kept in the cache folder until one of them changes.

Listing goes through here alone, so it imports little: ``pathlib`` would cost as much as reading five hundred entries.
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
    """Return what ``make()`` gave before under this key, if the files that it was made from are as they were.

    ``make`` returns what to remember (of JSON's types) and those files or folders; None for them keeps nothing. ``key``
    (of JSON's types) is what else it depends on. A copy that is corrupt is made again; one that cannot be written is
    done without.
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
    """Return what changes when a file or folder does; None where there is none.

    Beside size and time of change these are inode and time of status change: a file of another's size and time, moved
    or written into its place, has others.
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
