"""Read a wheel without unpacking or running it: its name, version, registry and files."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tlzoo.errors import InstallError
from tlzoo.plugins.scanning import GROUP, modules_in, normalized
from tlzoo.plugins.selection import CORE
from tlzoo.registry import Registry
from tlzoo.registry.reading import parse_text, registry_from

from .wheel_files import refuse_files

__all__ = ["Wheel", "read_wheel"]

_MOST_BYTES = 20_000_000
_SCRIPTS = {"console_scripts", "gui_scripts"}


@dataclass(frozen=True, slots=True)
class Wheel:
    """A plugin's wheel."""

    path: Path
    sha256: str
    name: str
    """Normalized: lowercase, with hyphens."""
    version: str
    module: str
    registry: Registry
    files: tuple[str, ...]
    """Paths in the wheel, and those of scripts that an installer writes for its entry points."""


def read_wheel(path: Path) -> Wheel:
    """Read a plugin's wheel without unpacking it.

    Raises InstallError if it is not the wheel of a plugin or would install files outside its own package, and
    RegistryError if its registry is invalid.
    """
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            info = _metadata_folder(names, path)
            metadata = _text(archive, f"{info}/METADATA").partition("\n\n")[0]
            points = _text(archive, f"{info}/entry_points.txt") if f"{info}/entry_points.txt" in names else ""
            module = _module(points, path)
            package = module.partition(".")[0]
            if f"{package}/registry.toml" not in names:
                raise InstallError(f"{path.name}: its package has no registry.toml", "report it to its author")
            registry = _registry(_text(archive, f"{package}/registry.toml"), f"{path.name}/{package}/registry.toml")
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise InstallError(f"{path.name} is not a readable wheel ({error})") from error
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", metadata, re.MULTILINE))
    name, version = normalized(fields.get("Name", "")), fields.get("Version", "")
    if normalized(info.removesuffix(".dist-info").partition("-")[0]) != name:
        raise InstallError(
            f"{path.name}: its metadata are in {info!r}, but its name is {name!r}", "report it to its author"
        )
    files = [*names, *(f"{info.removesuffix('.dist-info')}.data/scripts/{script}" for script in _scripts(points))]
    if name != CORE:  # refused by its name
        refuse_files(files, path.name, info)
    return Wheel(path, sha256, name, version, module, registry, tuple(files))


def _metadata_folder(names: list[str], path: Path) -> str:
    found = {name.partition("/")[0] for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)}
    if len(found) != 1:
        raise InstallError(
            f"{path.name} has {len(found)} folders of metadata instead of one", "report it to its author"
        )
    return found.pop()


def _text(archive: zipfile.ZipFile, name: str) -> str:
    if archive.getinfo(name).file_size > _MOST_BYTES:
        raise InstallError(f"{name} of the wheel is larger than {_MOST_BYTES:,} bytes")
    return archive.read(name).decode("utf-8")


def _module(points: str, path: Path) -> str:
    modules = modules_in(points)
    if len(modules) != 1:
        found = f"{len(modules)} entry points" if modules else "no entry point"
        raise InstallError(f"{path.name} has {found} in the group {GROUP}", "it is not a tlzoo plugin")
    return modules[0]


def _scripts(points: str) -> Iterator[str]:
    """Yield the names of scripts that an installer writes."""
    section = ""
    for line in filter(None, map(str.strip, points.splitlines())):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section in _SCRIPTS and not line.startswith(("#", ";")):
            yield re.split("[=:]", line, maxsplit=1)[0].strip()


def _registry(text: str, origin: str) -> Registry:
    return registry_from(parse_text(text, origin), origin)
