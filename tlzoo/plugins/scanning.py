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

from tlzoo.remembering import remembered, stamp

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
    return [
        Found(name, version, tuple(modules), Path(registry) if registry else registry_file(modules[0]))
        for name, version, modules, registry in _scan()["plugins"]
    ]


def scanned_files() -> list[str]:
    """Return the entry points and registries that were found: what is known of plugins holds until one changes."""
    return [str(path) for path in _scan()["read"]]


def _scan() -> dict[str, Any]:
    stamps = [stamp(folder) for folder in sys.path]
    found: dict[str, Any] = remembered("plugins", os.pathsep.join(sys.path), stamps, _scanned)
    return found


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


def _scanned() -> tuple[dict[str, Any], list[str]]:
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
    return {"plugins": plugins, "read": read}, read


def _distribution(point: EntryPoint) -> tuple[str, str]:
    """Return name and version of a distribution; all of its metadata are slow to parse, their head is not."""
    if point.dist is None:
        return point.name, "unknown"
    head = (point.dist.read_text("METADATA") or point.dist.read_text("PKG-INFO") or "").partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", head, re.MULTILINE))
    return normalized(fields.get("Name", point.name)), fields.get("Version", "unknown")


def normalized(name: str) -> str:
    """Return a distribution's name as the packaging standard compares it: lower case, with single hyphens.

    >>> normalized("Acme_Pets.Net")
    'acme-pets-net'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
