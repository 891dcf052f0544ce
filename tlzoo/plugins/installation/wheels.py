"""A wheel read without unpacking it and without running anything of it: who it is, and what it brings."""

from __future__ import annotations

import configparser
import hashlib
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tlzoo.errors import InstallError
from tlzoo.plugins.scanning import GROUP, normalized
from tlzoo.registry import Registry
from tlzoo.registry.reading import parse, registry_from

__all__ = ["Wheel", "read_wheel"]

_MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Wheel:
    """A plugin's wheel."""

    path: Path
    sha256: str
    name: str
    """Normalized: lower case, with hyphens."""
    version: str
    module: str
    registry: Registry


def read_wheel(path: Path) -> Wheel:
    """Read a plugin's wheel. Raises InstallError where it is none, and RegistryError where its registry is invalid."""
    try:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            (info,) = {name.partition("/")[0] for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)}
            metadata = _text(archive, f"{info}/METADATA").partition("\n\n")[0]
            points = _text(archive, f"{info}/entry_points.txt") if f"{info}/entry_points.txt" in names else ""
            module = _module(points, path)
            registry_name = f"{module.partition('.')[0]}/registry.toml"
            if registry_name not in names:
                raise InstallError(f"{path.name}: its package has no registry.toml", "it is no whole plugin")
            registry = _registry(_text(archive, registry_name))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InstallError(f"{path.name} is no wheel that can be read ({error})") from error
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", metadata, re.MULTILINE))
    return Wheel(path, sha256, normalized(fields.get("Name", "")), fields.get("Version", ""), module, registry)


def _text(archive: zipfile.ZipFile, name: str) -> str:
    if archive.getinfo(name).file_size > _MOST_BYTES:
        raise InstallError(f"{name} of the wheel is larger than {_MOST_BYTES:,} bytes")
    return archive.read(name).decode("utf-8")


def _module(points: str, path: Path) -> str:
    parsed = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parsed.read_string(points)
    except configparser.Error as error:
        raise InstallError(f"{path.name}: its entry points cannot be read ({error})") from error
    modules = [value.strip() for _, value in parsed.items(GROUP)] if parsed.has_section(GROUP) else []
    if len(modules) != 1:
        found = f"{len(modules)} entry points" if modules else "no entry point"
        raise InstallError(f"{path.name} has {found} in the group {GROUP}", "it is no plugin of tlzoo")
    return modules[0]


def _registry(text: str) -> Registry:
    with tempfile.TemporaryDirectory(prefix="tlzoo-") as folder:
        copy = Path(folder) / "registry.toml"
        copy.write_text(text, encoding="utf-8")
        return registry_from(parse(copy), "its registry.toml")
