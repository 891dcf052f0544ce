"""Find installed plugins by their entry points, without importing their code."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tlzoo.errors import PluginError, RegistryError
from tlzoo.registry import InputDeclaration, Registry, read_registry

from .api import incompatibility
from .failures import with_failure
from .plugin import Plugin
from .scanning import GROUP, Found, registry_file, scan
from .selection import disabled_because

CORE = "tlzoo"


def discover(index: Registry) -> tuple[Plugin, ...]:
    """Return all installed plugins with their status; ``index`` determines the owners of namespaces.

    The order is the core, plugins in the index, then others, by name. If two plugins claim the same name, the later one
    is in conflict.
    """
    found = {each.name: each for each in scan()}
    core = found.get(CORE)  # whatever the distribution is called, the core is this package
    found[CORE] = Found(CORE, core.version if core else "unknown", ("tlzoo.builtin",), registry_file("tlzoo"))
    order = sorted(found, key=lambda name: (name != CORE, index.provider(name) is None, name))
    claims = _Claims({}, {each.kind: each for each in index.inputs})
    return tuple(_discovered(found[name], index, claims) for name in order)


class _Claims(NamedTuple):
    """Claims of plugins so far: namespaces with their owners, and input contracts by kind."""

    namespaces: dict[str, str]
    inputs: dict[str, InputDeclaration]


def _discovered(found: Found, index: Registry, claims: _Claims) -> Plugin:
    """Return one plugin with its status; an error in its files does not affect other plugins."""
    try:
        return with_failure(_settled(_plugin(found), index, claims))
    except PluginError:  # the user's list of disabled plugins is invalid
        raise
    except Exception as error:
        if found.name == CORE:
            raise
        module = found.modules[0] if found.modules else "none"
        reason = f"its files cannot be read: {type(error).__name__}: {error}"
        return Plugin(found.name, found.version, module, "broken", reason, f"upgrade or uninstall {found.name!r}")


def _plugin(found: Found) -> Plugin:
    """Describe a distribution, including its registry."""
    plugin = Plugin(found.name, found.version, found.modules[0] if found.modules else "none")
    if found.problem is not None:
        return replace(plugin, status="broken", reason=found.problem, fix=f"reinstall or uninstall {plugin.name!r}")
    if len(found.modules) > 1:
        reason = f"it has several entry points in the group {GROUP}: {', '.join(found.modules)}"
        return replace(plugin, status="broken", reason=reason, fix="keep one")
    if found.registry is None:
        package = plugin.module.partition(".")[0]
        fix = f"reinstall {plugin.name}, or put the file into its package"
        return replace(plugin, status="broken", reason=f"its package {package!r} has no registry.toml", fix=fix)
    try:
        return replace(plugin, registry=read_registry(found.registry))
    except RegistryError as error:
        return replace(
            plugin, status="broken", reason=error.what, fix=error.fix or f"upgrade {plugin.name}, or correct the file"
        )


def _settled(plugin: Plugin, index: Registry, claims: _Claims) -> Plugin:
    """Change the status of a plugin that is disabled, made for another API, or claims names of another plugin."""
    disabled = disabled_because(plugin.name)
    if disabled is not None:
        return replace(plugin, status="disabled", reason=disabled[0], fix=disabled[1])
    if plugin.registry is None:
        return plugin
    provider = plugin.registry.provider(plugin.name)
    if provider is None or len(plugin.registry.providers) != 1:
        reason = (
            f"its registry is for {', '.join(each.plugin for each in plugin.registry.providers)!r}, not {plugin.name!r}"
        )
        return replace(plugin, status="broken", reason=reason, fix=f"set plugin = {plugin.name!r} in its registry.toml")
    incompatible = incompatibility(plugin.name, provider.api)
    if incompatible is not None:
        return replace(plugin, status="incompatible", reason=incompatible[0], fix=incompatible[1])
    claimed = _claimed(plugin, plugin.registry, index, claims)
    if claimed is not None:
        return replace(plugin, status="conflict", reason=claimed, fix=f"uninstall {plugin.name!r}")
    return plugin


def _claimed(plugin: Plugin, registry: Registry, index: Registry, claims: _Claims) -> str | None:
    """Return the first claim of a plugin that belongs to another one, if any; record all other claims."""
    for provider in registry.providers:
        for namespace in provider.namespaces:
            owner = index.owner(namespace) or claims.namespaces.setdefault(namespace, plugin.name)
            if owner != plugin.name:
                return f"the namespace {namespace!r} of its entries belongs to {owner!r}"
    for each in registry.inputs:
        first = claims.inputs.setdefault(each.kind, replace(each, plugin=plugin.name))
        if first != each and first.plugin != plugin.name:
            return f"its input contract {each.kind!r} is declared differently by {first.plugin!r}"
    return None
