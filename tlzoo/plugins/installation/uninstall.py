"""Removal of a plugin by its metadata, even if it cannot be imported."""

from __future__ import annotations

from tlzoo.errors import PluginError, UsageError, did_you_mean
from tlzoo.plugins.scanning import scan
from tlzoo.plugins.selection import CORE

from .environments import Command, Environment

__all__ = ["removal"]


def removal(name: str, environment: Environment) -> Command:
    """Return the command that uninstalls a plugin.

    Raises PluginError if no such plugin is installed, UsageError for tlzoo itself, and InstallError if the environment
    may not be changed.
    """
    if name == CORE:
        raise UsageError("tlzoo cannot uninstall itself", "use the installer that you used")
    installed = {found.name for found in scan()} - {CORE}
    if name not in installed:
        raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, installed, valid="installed"))
    environment.require_changeable()
    return environment.uninstall(name)
