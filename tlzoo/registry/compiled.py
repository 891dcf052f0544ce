"""A compiled copy of a file in the cache folder: parsed and checked once, until the file changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tlzoo.folders import cache_folder


def compiled(path: Path, parse: Callable[[Path], dict[str, Any]], version: str) -> dict[str, Any]:
    """Return ``parse(path)``, from its compiled copy where that still fits path, size, time and ``version``.

    A copy that is corrupt is made again; one that cannot be written is done without.
    """
    status = path.stat()
    key = [str(path), status.st_size, status.st_mtime_ns, version]
    copy = cache_folder() / "registries" / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"
    found = _read(copy, key)
    if found is None:
        found = parse(path)
        _write(copy, {"key": key, "parsed": found})
    return found


def _read(copy: Path, key: list[Any]) -> dict[str, Any] | None:
    try:
        stored = json.loads(copy.read_bytes())
        return stored["parsed"] if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(copy: Path, stored: dict[str, Any]) -> None:
    from tlzoo.atomic import write_text

    with suppress(OSError):
        copy.parent.mkdir(parents=True, exist_ok=True)
        write_text(copy, json.dumps(stored, separators=(",", ":")))
