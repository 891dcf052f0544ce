"""The compiled copy of a registry: what was parsed and checked once, until its file changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tlzoo.files.derived_cache import cached_from_files, stamp


def compiled(path: Path, parse: Callable[[Path], tuple[dict[str, Any], Iterable[str]]], version: str) -> dict[str, Any]:
    """Return what ``parse(path)`` gives, from its compiled copy if that fits the file's stamp and ``version``.

    ``parse`` returns with it the other files that it depends on.
    """
    path.stat()  # raises where there is none
    key = [str(path), stamp(str(path)), version]
    found: dict[str, Any] = cached_from_files("registries", str(path), key, lambda: parse(path))
    return found
