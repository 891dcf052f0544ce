"""What was parsed and checked once, kept in the cache folder until its key changes."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tlzoo.folders import cache_folder


def compiled(path: Path, parse: Callable[[Path], dict[str, Any]], version: str) -> dict[str, Any]:
    """Return ``parse(path)``, from its compiled copy where that still fits path, size, time and ``version``."""
    status = path.stat()
    key = [str(path), status.st_size, status.st_mtime_ns, version]
    return remembered("registries", str(path), key, lambda: parse(path))


def remembered(kind: str, name: str, key: list[Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return ``make()``, or what it gave before under this key (of JSON's types).

    A copy that is corrupt is made again; one that cannot be written is done without.
    """
    copy = cache_folder() / kind / f"{zlib.crc32(os.fsencode(name)):08x}-{len(name)}.json"
    found = _read(copy, key)
    if found is None:
        found = make()
        _write(copy, {"key": key, "found": found})
    return found


def _read(copy: Path, key: list[Any]) -> dict[str, Any] | None:
    try:
        stored = json.loads(copy.read_bytes())
        found: dict[str, Any] | None = stored["found"] if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def _write(copy: Path, stored: dict[str, Any]) -> None:
    from tlzoo.atomic import write_text

    with suppress(OSError):
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_text(copy, json.dumps(stored, separators=(",", ":")))
