"""The compiled copy of a registry: what was parsed and checked once, until its file changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tlzoo.files.derived_cache import cached_from_files, stamp


def compiled(path: Path, parse: Callable[[Path], dict[str, Any]], version: str) -> dict[str, Any]:
    """Return ``parse(path)``, from its compiled copy where that still fits the file's stamp and ``version``."""
    path.stat()  # raises where there is none
    key = [str(path), stamp(str(path)), version]
    found: dict[str, Any] = cached_from_files("registries", str(path), key, lambda: (parse(path), ()))
    return found
