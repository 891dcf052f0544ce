"""Read a ``registry.toml`` into a Registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tlzoo.errors import RegistryError

from .checkout import index_path
from .compiled import compiled
from .entry import Entry, Features, File, Measured, Reported, TrainingData
from .inputs import CORE_INPUTS, InputDeclaration, InputField
from .inputs.reading import declaration_from
from .merging import Provider, Registry
from .plain import entry_from

_SCHEMA = "3 " + " ".join(
    ",".join(part.__annotations__)
    for part in (
        Entry,
        File,
        *CORE_INPUTS.values(),
        InputDeclaration,
        InputField,
        Features,
        TrainingData,
        Reported,
        Measured,
        Provider,
    )
)
"""Compiled copies with another version are ignored. Increase it when a rule changes that an old copy may violate."""


_MOST_BYTES = 20_000_000
_HERE = "file:./"
"""Start of a source relative to the folder of the registry."""


def read_registry(path: Path) -> Registry:
    """Read a plugin's registry or an index: from its compiled copy, or parsed and validated if it has changed.

    Args:
        path: The file.

    Returns:
        The registry.

    Raises:
        RegistryError: If the file is missing, not TOML, or invalid.
    """
    path = path.absolute()
    try:
        parsed = compiled(path, _parsed, _SCHEMA)
    except FileNotFoundError:
        raise RegistryError(f"{path}: no such file") from None
    except OSError as error:
        raise RegistryError(f"{path}: cannot be read: {error.strerror}") from error
    return registry_from(parsed, str(path))


def _parsed(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the result of ``parse``, and the other files that it depends on."""
    parsed = parse(path)
    return parsed, (str(index_path()),) if parsed["borrowed"] else ()


def known_inputs() -> dict[str, InputDeclaration]:
    """Return the input contracts declared in the packaged index, by kind."""
    return {each.kind: each for each in read_registry(index_path()).inputs}


def parse(path: Path) -> dict[str, Any]:
    """Parse and validate a file without cache. Undeclared kinds of inputs may be those of the index."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise RegistryError(f"{path}: has {size:,} bytes; a registry may have at most {_MOST_BYTES:,}")
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RegistryError(f"{path}: not UTF-8: {error}") from error
    return parse_text(text, str(path), dict if path == index_path() else known_inputs, path.absolute().parent)


def parse_text(
    text: str,
    origin: str,
    known: Callable[[], Mapping[str, InputDeclaration]] = known_inputs,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Parse and validate the text of a registry; ``origin`` is its name in messages. Raises RegistryError.

    ``known`` returns the kinds of inputs declared in other registries. Sources ``file:./PATH`` are in ``folder``.
    """
    import tomllib

    from .validation import validated

    try:
        return validated(_absolute(tomllib.loads(text), folder), origin, known)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{origin}: not TOML: {error}") from error
    except RecursionError:
        raise RegistryError(f"{origin}: tables or arrays are nested too deeply") from None
    except ValueError as error:  # a number with too many digits
        raise RegistryError(f"{origin}: not TOML: {error}") from error


def _absolute(document: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """Return a document whose sources ``file:./PATH`` have become absolute paths."""
    entries = document.get("entries")
    for entry in entries.values() if isinstance(entries, dict) and folder is not None else ():
        files = entry.get("files") if isinstance(entry, dict) else None
        for file in files.values() if isinstance(files, dict) else ():
            source = file.get("source") if isinstance(file, dict) else None
            if isinstance(source, list):
                file["source"] = [_absolute_source(each, folder) for each in source]
            elif isinstance(source, str):
                file["source"] = _absolute_source(source, folder)
    return document


def _absolute_source(source: Any, folder: Path | None) -> Any:
    here = isinstance(source, str) and source.startswith(_HERE)
    return f"file:{folder}/{source.removeprefix(_HERE)}" if here else source


def registry_from(parsed: dict[str, Any], origin: str) -> Registry:
    """Build a registry from the result of ``parse``."""
    providers = tuple(Provider(**{**each, "namespaces": tuple(each["namespaces"])}) for each in parsed["providers"])
    own = {kind: declaration_from(kind, table) for kind, table in parsed["inputs"].items()}
    declared = {kind: declaration_from(kind, table) for kind, table in parsed["borrowed"].items()} | own
    entries = tuple(entry_from(each, declared) for each in parsed["entries"])
    return Registry(origin, providers, entries, tuple(own.values()))
