"""From a ``registry.toml`` to a Registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlzoo.errors import RegistryError

from .compiled import compiled
from .entry import Entry, Features, File, ImageInput, Measured, ObservationInput, Reported, TextInput, TrainingData
from .merging import Provider, Registry
from .plain import entry_from

_SCHEMA = "2 " + " ".join(
    ",".join(part.__slots__)
    for part in (
        Entry,
        File,
        ImageInput,
        TextInput,
        ObservationInput,
        Features,
        TrainingData,
        Reported,
        Measured,
        Provider,
    )
)
"""Compiled copies of another shape are not read. Count up when a rule changes that an old copy may break."""


_MOST_BYTES = 20_000_000


def read_registry(path: Path) -> Registry:
    """Read a plugin's registry or an index: checked when it has changed, else from its compiled copy.

    Raises RegistryError where the file is missing, not TOML, or breaks the schema.
    """
    path = path.absolute()
    try:
        parsed = compiled(path, parse, _SCHEMA)
    except FileNotFoundError:
        raise RegistryError(f"{path}: no such file") from None
    except OSError as error:
        raise RegistryError(f"{path}: cannot be read: {error.strerror}") from error
    return registry_from(parsed, str(path))


def parse(path: Path) -> dict[str, Any]:
    """Parse and check a file, without any cache."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise RegistryError(f"{path}: {size:,} bytes are more than a registry may have ({_MOST_BYTES:,})")
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RegistryError(f"{path}: not UTF-8: {error}") from error
    return parse_text(text, str(path))


def parse_text(text: str, origin: str) -> dict[str, Any]:
    """Parse and check a registry's text; ``origin`` is how messages call it. Raises RegistryError."""
    import tomllib

    from .validation import validated

    try:
        return validated(tomllib.loads(text), origin)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{origin}: not TOML: {error}") from error
    except RecursionError:
        raise RegistryError(f"{origin}: its tables or arrays are nested too deeply") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise RegistryError(f"{origin}: not TOML: {error}") from error


def registry_from(parsed: dict[str, Any], origin: str) -> Registry:
    """Build a registry from what ``parse`` gave."""
    providers = tuple(Provider(**{**each, "namespaces": tuple(each["namespaces"])}) for each in parsed["providers"])
    return Registry(origin, providers, tuple(entry_from(each) for each in parsed["entries"]))
