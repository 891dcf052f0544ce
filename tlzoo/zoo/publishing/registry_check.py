"""Checks of registries: their schema, the hashes of packaged files, and whether the index is up to date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tlzoo.artifacts import digest, digests_in, locate, tree_digest, verify, verify_tree
from tlzoo.errors import TlzooError
from tlzoo.plugins import catalog
from tlzoo.registry import File, Registry, build_index, index_path
from tlzoo.registry.checkout import distributions
from tlzoo.registry.reading import parse, registry_from
from tlzoo.registry.validation import InvalidRegistryError


@dataclass(frozen=True, slots=True)
class RegistryCheck:
    """Problems of one file; ``problems`` is empty if there are none."""

    path: Path
    entries: int
    problems: tuple[str, ...]


def known_registries() -> list[Path]:
    """Return the index and the registries of all installed plugins."""
    return [index_path(), *(Path(each.registry.origin) for each in catalog().plugins.values() if each.registry)]


def check_registry(path: Path) -> RegistryCheck:
    """Check one registry or index from its source, without the compiled copy, with the hashes of present files."""
    try:
        registry = registry_from(parse(path), str(path))
    except InvalidRegistryError as error:
        return RegistryCheck(path, 0, error.problems)
    except TlzooError as error:
        return RegistryCheck(path, 0, (str(error),))
    except OSError as error:
        return RegistryCheck(path, 0, (str(error.strerror).lower(),))
    stale = _stale(path) if path.absolute() == index_path() else ()
    return RegistryCheck(path, len(registry.entries), (*_wrong_files(registry), *stale))


def _wrong_files(registry: Registry) -> Iterator[str]:
    for entry in registry.entries:
        for name, file in entry.files.items():
            where, here = f'entries."{entry.id}".files.{name}', locate(file)
            if here is None:
                if file.source.startswith("package:") and catalog().installed(entry):
                    yield f"{where}: {file.source} does not exist"
                continue
            if file.bytes is not None and here.is_file() and here.stat().st_size != file.bytes:
                yield f"{where}.bytes: the file has {here.stat().st_size} bytes; got {file.bytes}"
            yield from _wrong_hash(where, here, file)
            if file.hash is None and not file.members and file.source.startswith("package:"):
                hashed = tree_digest(digests_in(here, where)) if here.is_dir() else digest(here)
                size = "" if here.is_dir() else f", bytes = {here.stat().st_size}"
                yield f'{where}.hash is missing: hash = "{hashed}"{size}'


def _wrong_hash(where: str, path: Path, file: File) -> Iterator[str]:
    try:
        if file.members:
            verify_tree(path, file.members, where, "replace the file", whole=False)
        elif file.hash is not None and path.is_dir() == file.hash.startswith("tree-"):
            verify(path, file.hash, where)  # an unpacked folder does not have the hash of its archive
    except TlzooError as error:
        yield str(error)


def _stale(index: Path) -> Iterator[str]:
    if (index.parent / "pyproject.toml").is_file() and index.name == "registry.toml":
        try:
            built = build_index(distributions(index.parent))
        except TlzooError as error:
            yield str(error)
            return
        if built != index.read_text("utf-8"):
            yield "out of date: run `tlzoo registry build`"
