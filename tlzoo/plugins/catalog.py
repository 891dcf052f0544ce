"""Catalog of all known entries: those of installed plugins, and those in the index of other plugins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import final

from tlzoo.errors import PluginError
from tlzoo.registry import LOCAL, Entry, Registry, read_index

from .discovery import discover
from .entry_names import resolve_name
from .plugin import Plugin


@final
class Catalog:
    """The index with the registries of installed plugins. For an installed plugin, its own registry is used."""

    __slots__ = ("_entries", "index", "plugins")

    def __init__(self, index: Registry, plugins: tuple[Plugin, ...]) -> None:
        self.index = index
        self.plugins: Mapping[str, Plugin] = {plugin.name: plugin for plugin in plugins}
        self._entries: dict[str, Entry] = {}
        own = [
            each
            for each in plugins
            if each.registry is not None and (each.worth_loading or each.status in {"disabled", "incompatible"})
        ]
        read = {plugin.name for plugin in own}
        entries = [entry for entry in index.entries if entry.plugin not in read or entry.namespace == LOCAL]
        for entry in sorted(
            (*entries, *(entry for each in own for entry in _registered(each))), key=lambda each: each.id
        ):
            self._entries.setdefault(entry.id, entry)

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries, sorted by id."""
        return tuple(self._entries.values())

    def get(self, name: str) -> Entry:
        """Return the entry with this id, former id (with a FutureWarning) or unambiguous short name.

        For a module (``hub:https://…``, a folder with a SavedModel) an entry is created; see ``module_entry``.

        Raises EntryError, with the closest names if there is no match, or with all candidates if there are several.
        """
        from tlzoo.artifacts import is_module

        if name not in self._entries and is_module(name):
            from .modules import module_entry

            return module_entry(name)
        return resolve_name(name, self._entries)

    def installed(self, entry: Entry) -> bool:
        """Return whether the entry's plugin is installed and usable."""
        plugin = self.plugins.get(entry.plugin)
        return plugin is not None and plugin.usable

    def require_installed(self, entry: Entry) -> Plugin:
        """Return the entry's plugin; raise PluginError, with a fix, if it cannot be used."""
        plugin = self.plugins.get(entry.plugin)
        if plugin is None:
            raise PluginError(
                f"{entry.id}: its plugin {entry.plugin!r} is not installed",
                f"run `{self.install_command(entry.plugin)}`",
            )
        if not plugin.worth_loading:
            raise PluginError(
                f"{entry.id}: its plugin {plugin.name!r} cannot be used ({plugin.status}): {plugin.reason}", plugin.fix
            )
        return plugin

    def missing(self, plugin: str) -> str:
        """Return why the entries of a plugin cannot be used: it is not installed (with the command), or unusable."""
        known = self.plugins.get(plugin)
        if known is None:
            return f"not installed: {self.install_command(plugin)}"
        return f"{known.status}: {known.reason}" + (f"; {known.fix}" if known.fix else "")

    def install_command(self, plugin: str) -> str:
        """Return the command that installs a plugin, quoted for a shell, as ``>`` would write to a file."""
        from importlib.util import find_spec
        from shlex import quote

        provider = self.index.provider(plugin)
        installer = "pip install" if find_spec("pip") else "uv pip install"
        return f"{installer} {quote(provider.requirement if provider else plugin)}"


@cache
def catalog() -> Catalog:
    """Return the catalog of this process, read once. Raises RegistryError if the index is invalid."""
    return read_catalog()


def read_catalog() -> Catalog:
    """Read the index and the registries of currently installed plugins."""
    index = read_index()
    return Catalog(index, discover(index))


def _registered(plugin: Plugin) -> tuple[Entry, ...]:
    return plugin.registry.of(plugin.name) if plugin.registry is not None else ()
