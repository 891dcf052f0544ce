"""Installed plugins as a sequence that displays as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from tlzoo.errors import PluginError, UsageError, did_you_mean
from tlzoo.plugins import Plugin
from tlzoo.tabular import Table, Tabular

__all__ = ["PluginList", "switch_plugins"]


@dataclass(frozen=True, repr=False)
class PluginList(Tabular, Sequence[Plugin]):
    """Plugins with their status, and the errors of unusable ones."""

    plugins: tuple[Plugin, ...]

    @overload
    def __getitem__(self, index: int) -> Plugin: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Plugin]: ...
    def __getitem__(self, index: int | slice) -> Plugin | Sequence[Plugin]:
        """Return the plugin at a position, or a table of the plugins in a slice."""
        return PluginList(self.plugins[index]) if isinstance(index, slice) else self.plugins[index]

    def __len__(self) -> int:
        """Return the number of plugins."""
        return len(self.plugins)

    def to_records(self) -> list[dict[str, Any]]:
        """Return what ``tlzoo plugins list --json`` prints."""
        return [
            {
                "name": each.name,
                "version": each.version,
                "status": each.status,
                "entries": len(each.registry.entries) if each.registry else 0,
                "error": each.reason,
                "fix": each.fix,
            }
            for each in self.plugins
        ]

    def table(self) -> Table:
        """Return the records as text."""
        names = ("plugin", "version", "status", "entries", "error")
        keys = ("name", "version", "status", "entries", "error")
        rows = [["" if each[key] is None else str(each[key]) for key in keys] for each in self.to_records()]
        return Table(names, rows, frozenset({"entries"}))


def switch_plugins(names: Sequence[str], *, on: bool) -> list[Plugin]:
    """Enable or disable plugins without importing their code, and return the installed plugins.

    Raises PluginError for an unknown name, and UsageError for tlzoo itself.
    """
    from tlzoo.plugins import catalog, disable, enable, forget
    from tlzoo.plugins.scanning import normalized
    from tlzoo.plugins.selection import CORE, disabled

    wanted = [normalized(name) for name in names]
    known = catalog().plugins.keys() | disabled()
    for name in wanted:
        if name == CORE and not on:
            raise UsageError("tlzoo itself cannot be disabled", "give the name of another plugin")
        if name not in known:
            raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, sorted(known), valid="installed"))
    (enable if on else disable)(wanted)
    forget()
    present = catalog().plugins
    return [present[name] for name in wanted if name in present]
