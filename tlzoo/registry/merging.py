"""A registry in memory, and merging of several registries. The index is a merged registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from tlzoo.errors import RegistryError

from .entry import FORBID_UNKNOWN, Entry
from .inputs import DeclaredInput, InputDeclaration

LOCAL = "local"
"""Namespace of the user's own entries. Any number of files may add to it, on behalf of the core."""

RESERVED = {"hub": "tlzoo", LOCAL: "tlzoo"}
"""Namespaces reserved for the core."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A plugin in a registry, installed or not."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN

    plugin: str
    """Name of the distribution."""
    requirement: str
    """Requirement for an installer."""
    api: str
    """Compatible plugin API versions, such as ``>=0.2,<0.3``."""
    namespaces: tuple[str, ...]
    """First parts of the ids of its entries. Each namespace belongs to one plugin."""
    hash: str | None = None
    """``sha256:…`` of the required wheel, in the index; no other wheel is installed under this name."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Entries with their plugins. A plugin's own registry has one provider; the index has many."""

    origin: str
    """The file, or another name for messages."""
    providers: tuple[Provider, ...] = ()
    entries: tuple[Entry, ...] = ()
    inputs: tuple[InputDeclaration, ...] = ()
    """Declared input contracts."""

    @property
    def is_local(self) -> bool:
        """Whether it has only the user's own entries; it may then repeat declarations of other registries."""
        return all(each.namespaces == (LOCAL,) for each in self.providers)

    def declaration(self, kind: str) -> InputDeclaration | None:
        """Return the input contract of this kind."""
        return next((each for each in self.inputs if each.kind == kind), None)

    def owner(self, namespace: str) -> str | None:
        """Return the plugin that owns a namespace."""
        if namespace in RESERVED:
            return RESERVED[namespace]
        return next((each.plugin for each in self.providers if namespace in each.namespaces), None)

    def provider(self, plugin: str) -> Provider | None:
        """Return the provider of a plugin."""
        return next((each for each in self.providers if each.plugin == plugin), None)

    def of(self, plugin: str) -> tuple[Entry, ...]:
        """Return the entries of a plugin."""
        return tuple(entry for entry in self.entries if entry.plugin == plugin)


def merge(registries: Iterable[Registry], origin: str) -> Registry:
    """Merge registries into one, sorted by plugin and id.

    Args:
        registries: The registries.
        origin: Name of the result in messages.

    Returns:
        The merged registry.

    Raises:
        RegistryError: If two registries claim the same plugin, namespace, id or alias, or declare different inputs of
            the same kind. The message has both origins.
    """
    claims: dict[tuple[str, str], str] = {}
    providers: list[Provider] = []
    entries: list[Entry] = []
    inputs: dict[str, tuple[InputDeclaration, str]] = {}
    for registry in registries:
        for provider in registry.providers:
            if provider.namespaces == (LOCAL,) and provider.plugin == RESERVED[LOCAL]:
                continue
            _claim(claims, "plugin", provider.plugin, registry.origin)
            for namespace in provider.namespaces:
                owner = RESERVED.get(namespace, provider.plugin)
                if owner != provider.plugin:
                    raise _clash(
                        "namespace", namespace, f"{owner} (reserved)", f"{provider.plugin} ({registry.origin})"
                    )
                _claim(claims, "namespace", namespace, f"{provider.plugin} ({registry.origin})")
            providers.append(provider)
        for each in () if registry.is_local else registry.inputs:
            first, claimant = inputs.setdefault(each.kind, (each, registry.origin))
            if first != each:
                said = f"{first.plugin} ({claimant}) and {each.plugin} ({registry.origin})"
                what = f"the input contract {each.kind!r} is declared differently by {said}"
                raise RegistryError(what, "rename it in one of them")
        for entry in registry.entries:
            for name in (entry.id, *entry.aliases, *entry.replaces):
                _claim(claims, "id", name, f"{entry.plugin} ({registry.origin})")
            entries.append(entry)
    providers.sort(key=lambda each: each.plugin)
    entries.sort(key=lambda each: each.id)
    declared = tuple(inputs[kind][0] for kind in sorted(inputs))
    return Registry(origin, tuple(providers), tuple(entries), declared)


def declarations_of(entries: Iterable[Entry]) -> tuple[InputDeclaration, ...]:
    """Return the declarations for a registry of these entries, by kind; the last one if there are several of a kind."""
    found = {each.input.kind: each.input.declaration for each in entries if isinstance(each.input, DeclaredInput)}
    return tuple(found[kind] for kind in sorted(found))


def _claim(claims: dict[tuple[str, str], str], kind: str, name: str, claimant: str) -> None:
    first = claims.setdefault((kind, name), claimant)
    if first is not claimant:
        raise _clash(kind, name, first, claimant)


def _clash(kind: str, name: str, first: str, second: str) -> RegistryError:
    return RegistryError(f"{kind} {name!r} is claimed by {first} and by {second}", "rename it in one of them")
