"""Exported files that were written on this machine: predictions open no others unless the user asks for them.

Runtimes of exported files read them without the inspection that SavedModels get. The cache remembers the hashes of what
was written, so a run that is copied or moved keeps its files, and one from elsewhere has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from tlzoo.files.folders import cache_folder
from tlzoo.runs.files.hashes import read_hashes

__all__ = ["is_own_export", "remember_exports"]


def remember_exports(folder: Path, files: Iterable[Path | str]) -> None:
    """Record that this process wrote these files below ``exports/``, with their folders; they have hashes already."""
    hashes = read_hashes(folder) or {}
    for file in files:
        parts = (Path(file).relative_to(folder) if Path(file).is_absolute() else Path(file)).parts
        if len(parts) > 2 and parts[0] == "exports":  # noqa: PLR2004 - exports/FORMAT/FILE
            path = _record(hashes, "/".join(parts[:2]))
            with suppress(OSError):  # then predictions use the SavedModel
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()


def is_own_export(hashes: Mapping[str, str], place: str) -> bool:
    """Return whether the files in the folder ``exports/FORMAT`` of a run with these hashes were written here."""
    return _record(hashes, place).exists()


def _record(hashes: Mapping[str, str], place: str) -> Path:
    lines = sorted(
        f"{name.removeprefix(place)} {digest}" for name, digest in hashes.items() if name.startswith(f"{place}/")
    )
    return cache_folder() / "exports" / hashlib.sha256("\n".join(lines).encode()).hexdigest()
