"""Removing a plugin, by its metadata alone: one that cannot be imported goes as well as any."""

from __future__ import annotations

from tlzoo.errors import PluginError, UsageError, did_you_mean
from tlzoo.plugins.scanning import scan
from tlzoo.plugins.selection import CORE

from .environments import Command, Environment

__all__ = ["removal"]


def removal(name: str, environment: Environment) -> Command:
    """Return the command that removes an installed plugin.

    Raises PluginError where none of that name is installed, UsageError for tlzoo itself, InstallError where the
    environment may not be changed.
    """
    if name == CORE:
        raise UsageError("tlzoo does not remove itself", "use what installed it")
    installed = {found.name for found in scan()} - {CORE}
    if name not in installed:
        raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, installed, valid="installed"))
    environment.require_changeable()
    return environment.uninstall(name)
