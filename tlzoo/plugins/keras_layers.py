"""Keras layers of plugins by name, to register them when Keras is imported."""

from __future__ import annotations

import sys
from itertools import accumulate

from tlzoo.errors import TlzooError

from .discovery import CORE
from .loading import forget, plugins, registered
from .scanning import scan

__all__ = ["layers_of_plugins"]


def layers_of_plugins() -> dict[str, str]:
    """Return the Keras layers that usable plugins name, as ``module:Class`` by registered name, without importing them.

    Returns no layers while a plugin is being imported, as it cannot be loaded again, or if plugins cannot be read at
    all: the next command reports that. ``import tlzoo.layers`` registers the layers then.
    """
    was_read = plugins.cache_info().currsize > 0
    try:
        if any(_is_being_imported(module) for plugin in scan() for module in plugin.modules):
            return {}
        return {each.name: each.value for each in registered("tlzoo_layers")}
    except TlzooError:
        return {}
    finally:
        if not was_read:  # the environment, such as TLZOO_REGISTRY, may change before the first verb
            forget()


def _is_being_imported(module: str) -> bool:
    """Return whether a module, or a package of a plugin that contains it, is being imported."""
    packages = accumulate(module.split("."), lambda package, name: f"{package}.{name}")
    specs = (getattr(sys.modules.get(package), "__spec__", None) for package in packages if package != CORE)
    return any(getattr(spec, "_initializing", False) for spec in specs)
