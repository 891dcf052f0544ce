"""Plugins: hooks, discovery, loading and installation. Listing imports none of their code."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .api import API_VERSION
from .catalog import Catalog, catalog
from .modules import module_entry, module_id
from .plugin import Plugin, Status
from .selection import disable, enable, use_no_plugins

if TYPE_CHECKING:
    from .loading import HOOKS, Plugins, Registered, forget, load, plugins, registered
    from .markers import hookimpl

__all__ = [
    "API_VERSION",
    "HOOKS",
    "Catalog",
    "Plugin",
    "Plugins",
    "Registered",
    "Status",
    "catalog",
    "disable",
    "enable",
    "forget",
    "hookimpl",
    "load",
    "module_entry",
    "module_id",
    "plugins",
    "registered",
    "use_no_plugins",
]

_LAZY = dict.fromkeys(("HOOKS", "Plugins", "Registered", "forget", "load", "plugins", "registered"), "loading")
_LAZY["hookimpl"] = "markers"


def __getattr__(name: str) -> Any:
    """Import names that need pluggy on first use."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
