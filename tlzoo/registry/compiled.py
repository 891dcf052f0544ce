"""Compiled copy of a registry: parsed and validated once, until its file changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tlzoo.files.derived_cache import cached_from_files, stamp


def compiled(path: Path, parse: Callable[[Path], tuple[dict[str, Any], Iterable[str]]], version: str) -> dict[str, Any]:
    """Return the result of ``parse(path)``, from the compiled copy if it matches the file's stamp and ``version``.

    ``parse`` also returns the other files that it depends on.
    """
    path.stat()  # raises if it does not exist
    key = [str(path), stamp(str(path)), version]
    found: dict[str, Any] = cached_from_files("registries", str(path), key, lambda: parse(path))
    return found
