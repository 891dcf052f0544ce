"""Namespaces of registered names: ``acme-pets/robust`` belongs to the plugin that owns ``acme-pets``."""

from __future__ import annotations

from collections.abc import Iterable

from .plugin import Plugin, Status

NAMESPACED = frozenset({"tlzoo_objectives"})
"""Hooks with namespaced names."""


def wrong_namespace(what: str, name: str, plugin: Plugin, plugins: Iterable[Plugin]) -> tuple[Status, str, str] | None:
    """Return status, reason and fix if a name is not in a namespace of its plugin; None if it is.

    A plugin owns its own name and the namespaces of its registry.
    """
    namespace, _, rest = name.partition("/")
    own = _namespaces(plugin)
    if rest and namespace in own:
        return None
    proper = f"{plugin.name}/{rest or namespace}"
    fix = f"upgrade or uninstall {plugin.name!r}; its authors should rename it to {proper!r}"
    if not (namespace and rest):
        return "broken", f"{what} is not NAMESPACE/NAME", fix
    for other in plugins:
        if other.name != plugin.name and namespace in _namespaces(other):
            return "conflict", f"{what} is in the namespace of the plugin {other.name!r}", fix
    return "broken", f"{what} is not in its namespaces ({', '.join(sorted(own))})", fix


def _namespaces(plugin: Plugin) -> frozenset[str]:
    provider = None if plugin.registry is None else plugin.registry.provider(plugin.name)
    return frozenset({plugin.name, *(provider.namespaces if provider else ())})
