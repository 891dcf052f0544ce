"""Finds installed plugins by their entry points, without importing any of their code."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from tlzoo.errors import RegistryError
from tlzoo.registry import Registry, read_registry

from .api import API_VERSION, within
from .plugin import Plugin
from .selection import disabled_because

GROUP = "tlzoo.plugins"
CORE = "tlzoo"


def discover(index: Registry) -> tuple[Plugin, ...]:
    """Return all installed plugins, each ``ok`` or set aside with its reason; ``index`` decides who owns a namespace.

    The core comes first, then those that the index knows, then the others, by name: where two plugins claim one name,
    the later in this order is in conflict.
    """
    found = {CORE: [EntryPoint(CORE, "tlzoo.builtin", GROUP)]}
    for point in entry_points(group=GROUP):
        found.setdefault(_distribution(point)[0], []).append(point)
    order = sorted(found, key=lambda name: (name != CORE, index.provider(name) is None, name))
    claims: dict[str, str] = {}
    return tuple(_settled(_plugin(name, found[name]), index, claims) for name in order)


def registry_file(module: str) -> Path | None:
    """Return the ``registry.toml`` inside the top-level package of a module, found without importing it."""
    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "registry.toml"
        if path.is_file():
            return path
    return None


def _plugin(name: str, points: list[EntryPoint]) -> Plugin:
    """Describe a distribution, with its registry read; the last entry point of the core is the installed one."""
    modules = {point.module for point in points}
    plugin = Plugin(name, _distribution(points[-1])[1], points[-1].module)
    if len(modules) > 1:
        reason = f"it has several entry points in the group {GROUP}: {', '.join(sorted(modules))}"
        return replace(plugin, status="broken", reason=reason, fix="keep one")
    path = registry_file(plugin.module)
    if path is None:
        package = plugin.module.partition(".")[0]
        fix = f"reinstall {name}, or put the file into its package"
        return replace(plugin, status="broken", reason=f"its package {package!r} has no registry.toml", fix=fix)
    try:
        return replace(plugin, registry=read_registry(path))
    except RegistryError as error:
        return replace(plugin, status="broken", reason=error.what, fix=error.fix or f"upgrade or mend {name}")


def _settled(plugin: Plugin, index: Registry, claims: dict[str, str]) -> Plugin:
    """Set a plugin aside where it is disabled, made for another API, or claims what is another's."""
    disabled = disabled_because(plugin.name)
    if disabled is not None:
        return replace(plugin, status="disabled", reason=disabled[0], fix=disabled[1])
    if plugin.registry is None:
        return plugin
    provider = plugin.registry.provider(plugin.name)
    if provider is None or len(plugin.registry.providers) != 1:
        reason = (
            f"its registry says {', '.join(each.plugin for each in plugin.registry.providers)!r}, not {plugin.name!r}"
        )
        return replace(
            plugin, status="broken", reason=reason, fix=f"write plugin = {plugin.name!r} in its registry.toml"
        )
    if not within(API_VERSION, provider.api):
        reason = f"it works with the plugin API {provider.api}; this tlzoo has {API_VERSION}"
        return replace(plugin, status="incompatible", reason=reason, fix=f"upgrade {plugin.name} or tlzoo")
    for namespace in provider.namespaces:
        owner = index.owner(namespace) or claims.setdefault(namespace, plugin.name)
        if owner != plugin.name:
            reason = f"the namespace {namespace!r} of its entries belongs to {owner!r}"
            return replace(plugin, status="conflict", reason=reason, fix=f"uninstall {plugin.name!r}")
    return plugin


def _distribution(point: EntryPoint) -> tuple[str, str]:
    """Return name (normalized) and version of the distribution; its whole metadata are slow to parse, its head is not."""
    if point.dist is None:
        return point.name, "unknown"
    head = (point.dist.read_text("METADATA") or point.dist.read_text("PKG-INFO") or "").partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", head, re.MULTILINE))
    return re.sub(r"[-_.]+", "-", fields.get("Name", point.name)).lower(), fields.get("Version", "unknown")
