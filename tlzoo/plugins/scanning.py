"""Find distributions with an entry point in the group ``tlzoo.plugins``, without importing them.

Reading the metadata of all installed packages is the slowest part of listing, so the result is cached until a folder on
the path, or a file that was read, changes.

Metadata may contain anything. A distribution with invalid metadata is reported with its reason; others are found.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.files.derived_cache import cached_from_files, stamp

if TYPE_CHECKING:
    from importlib.metadata import Distribution

GROUP = "tlzoo.plugins"
_REFERENCE = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")
"""``package.module``, or ``package.module:object [extra]``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A distribution with entry points in the group."""

    name: str
    """Normalized: lowercase, with hyphens."""
    version: str
    modules: tuple[str, ...]
    registry: Path | None
    """The ``registry.toml`` in the package of its module."""
    problem: str | None = None
    """Why its metadata cannot be used."""


def scan() -> list[Found]:
    """Return the installed distributions that are plugins."""
    return [
        Found(name, version, tuple(modules), _registry(modules, registry), problem)
        for name, version, modules, registry, problem in _scan()["plugins"]
    ]


def scanned_files() -> list[str]:
    """Return the entry points and registries found; facts on plugins are valid until one of them changes."""
    return [str(path) for path in _scan()["read"]]


def modules_in(text: str) -> list[str]:
    r"""Return the references in the group's section of an ``entry_points.txt``; raise ValueError for an invalid line.

    >>> modules_in("[tlzoo.plugins]\nacme = acme.plugin\n[console_scripts]\nacme = acme:main")
    ['acme.plugin']
    """
    found: list[str] = []
    section = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == GROUP and not line.startswith(("#", ";")):
            match = _REFERENCE.fullmatch(line.partition("=")[2].strip())
            if match is None:
                raise ValueError(f"its entry point {line[:_SHOWN]!r} is not a valid module")
            found.append(match[1])
    return sorted(set(found))


_SHOWN = 80


def registry_file(module: str) -> Path | None:
    """Return the ``registry.toml`` inside the top-level package of a module, found without importing it."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module.partition(".")[0])
    except Exception:  # noqa: BLE001 - finders of other distributions run here
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "registry.toml"
        if path.is_file():
            return path
    return None


def normalized(name: str) -> str:
    """Return a distribution's name in the standard form for comparison: lowercase, with single hyphens.

    >>> normalized("Acme_Pets.Net")
    'acme-pets-net'
    """
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


def _scan() -> dict[str, Any]:
    stamps = [stamp(folder) for folder in sys.path]
    found: dict[str, Any] = cached_from_files("plugins", os.pathsep.join(sys.path), ["2", *stamps], _scanned)
    return found


def _registry(modules: list[str], known: str | None) -> Path | None:
    if known:
        return Path(known)
    return registry_file(modules[0]) if modules else None


def _scanned() -> tuple[dict[str, Any], list[str]]:
    from importlib.metadata import distributions

    plugins: dict[str, list[Any]] = {}
    read: list[str] = []
    for distribution in distributions():
        text, whole = _text(distribution, "entry_points.txt")
        if GROUP not in text:
            continue
        read += _entry_points_files(distribution)
        name, version, problem = _identity(distribution, text)
        modules: list[str] = []
        try:
            modules = modules_in(text)
        except ValueError as error:
            problem = str(error)
        if not whole:
            problem = "its entry_points.txt is not UTF-8"
        if not modules and problem is None:  # the group's name occurs in another section
            continue
        registry = registry_file(modules[0]) if modules else None
        read += [str(registry)] if registry else []
        plugins.setdefault(name, [name, version, modules, str(registry) if registry else None, problem])
    return {"plugins": [plugins[name] for name in sorted(plugins)], "read": read}, read


def _text(distribution: Distribution, file: str) -> tuple[str, bool]:
    """Return a metadata file and whether it is UTF-8; invalid bytes are replaced."""
    try:
        return distribution.read_text(file) or "", True
    except UnicodeDecodeError as error:
        return bytes(error.object).decode("utf-8", "replace"), False
    except Exception:  # noqa: BLE001 - distributions of other importers run their own code
        return "", True


def _entry_points_files(distribution: Distribution) -> list[str]:
    try:
        files = distribution.files or ()
        return [str(distribution.locate_file(each)) for each in files if each.name == "entry_points.txt"]
    except Exception:  # noqa: BLE001 - a RECORD may contain anything; then the folder shows changes
        return []


def _identity(distribution: Distribution, points: str) -> tuple[str, str, str | None]:
    """Return name, version and problem; only the head is parsed, as parsing all metadata is slow."""
    text, whole = _text(distribution, "METADATA")
    if not text:
        text, whole = _text(distribution, "PKG-INFO")
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", text.partition("\n\n")[0], re.MULTILINE))
    named = re.search(rf"^\[{re.escape(GROUP)}\]\s*([^\s=]+)", points, re.MULTILINE)
    name = fields.get("Name") or (named[1] if named else "unknown")
    return normalized(name), fields.get("Version", "unknown"), None if whole else "its METADATA is not UTF-8"
