"""The index of all known registries: location, reading and building."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from tlzoo.errors import RegistryError
from tlzoo.files.folders import expanded, own_registry_path

from .checkout import index_path
from .merging import Registry, merge
from .reading import parse, read_registry, registry_from


def index_files() -> list[Path]:
    """Return the files of the index.

    These are the packaged one, those in ``TLZOO_REGISTRY``, and the registry of the user's own entries.
    """
    named = os.environ.get("TLZOO_REGISTRY", "").split(os.pathsep)
    own = Path(own_registry_path())
    return [index_path(), *(expanded(each) for each in named if each), *([own] if own.is_file() else [])]


def read_index() -> Registry:
    """Read the index and the registries in ``TLZOO_REGISTRY``; raise RegistryError if two conflict."""
    own, *others = [read_registry(path) for path in index_files()]
    return merge([own, *others], "the index") if others else own


def build_index(sources: Iterable[Path]) -> str:
    """Return the TOML text of an index of several registries.

    Args:
        sources: Registry files, or project folders of plugins.

    Returns:
        The text of the index.

    Raises:
        RegistryError: If a registry is invalid, a folder has none or several, two conflict, or a source is
            ``file:./PATH``.
    """
    from .writing import index_text

    paths = [registry_in(source) for source in sources]
    return index_text(
        merge([_of_all_machines(registry_from(parse(path), str(path)), path) for path in paths], "the index")
    )


def _of_all_machines(registry: Registry, path: Path) -> Registry:
    """Return a registry; raise RegistryError if it has files next to it, which the index cannot refer to."""
    here = f"file:{path.absolute().parent}/"
    for entry in registry.entries:
        for source in (source for file in entry.files.values() for source in file.sources):
            if source.startswith(here):
                raise RegistryError(
                    f"{path}: {entry.id} has the file ./{source.removeprefix(here)} next to the registry",
                    "use a source that other machines have, such as package:PACKAGE/PATH or a URL",
                )
    return registry


def registry_in(source: Path) -> Path:
    """Return the registry in a project folder (``FOLDER/PACKAGE/registry.toml``), or the file itself."""
    if source.is_file():
        return source
    found = sorted(path for path in source.glob("*/registry.toml") if (path.parent / "__init__.py").is_file())
    if len(found) != 1:
        which = ", ".join(str(path) for path in found) or "none"
        raise RegistryError(f"{source}: needs exactly one package with a registry.toml; found {which}")
    return found[0]
