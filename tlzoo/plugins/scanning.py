"""Which distributions have an entry point in the group ``tlzoo.plugins``: nothing of theirs is imported.

Reading the metadata of everything that is installed costs more than all else that listing does, so the result is
kept until one of the folders on the path, or one of the files that it was read from, has changed.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.registry.compiled import remembered

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "tlzoo.plugins"


@dataclass(frozen=True, slots=True)
class Found:
    """One distribution with entry points in the group."""

    name: str
    """Normalized: lower case, with hyphens."""
    version: str
    modules: tuple[str, ...]
    registry: Path | None
    """The ``registry.toml`` in the package of its module."""


def scan() -> list[Found]:
    """Return the installed distributions that are plugins."""
    stamps = [_stamp(folder) for folder in sys.path]
    found = remembered("plugins", os.pathsep.join(sys.path), stamps, _scanned)
    if not all(_stamp(path) == stamp for path, stamp in found["read"]):
        found = _scanned()
    return [
        Found(name, version, tuple(modules), Path(registry) if registry else registry_file(modules[0]))
        for name, version, modules, registry in found["plugins"]
    ]


def registry_file(module: str) -> Path | None:
    """Return the ``registry.toml`` inside the top-level package of a module, found without importing it."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "registry.toml"
        if path.is_file():
            return path
    return None


def _scanned() -> dict[str, Any]:
    from importlib.metadata import entry_points

    modules: dict[tuple[str, str], list[str]] = {}
    read: list[str] = []
    for point in entry_points(group=GROUP):
        modules.setdefault(_distribution(point), []).append(point.module)
        if point.dist is not None:
            read += [
                str(point.dist.locate_file(each)) for each in point.dist.files or () if each.name == "entry_points.txt"
            ]
    plugins = []
    for (name, version), of_it in sorted(modules.items()):
        registry = registry_file(of_it[0])
        read += [str(registry)] if registry else []
        plugins.append([name, version, sorted(set(of_it)), str(registry) if registry else None])
    return {"plugins": plugins, "read": [[path, _stamp(path)] for path in read]}


def _distribution(point: EntryPoint) -> tuple[str, str]:
    """Return name and version of a distribution; all of its metadata are slow to parse, their head is not."""
    if point.dist is None:
        return point.name, "unknown"
    head = (point.dist.read_text("METADATA") or point.dist.read_text("PKG-INFO") or "").partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", head, re.MULTILINE))
    return re.sub(r"[-_.]+", "-", fields.get("Name", point.name)).lower(), fields.get("Version", "unknown")


def _stamp(path: str) -> int | None:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return None
