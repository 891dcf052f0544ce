"""Load installed plugins one by one, when one of their hooks is first needed; failing plugins are excluded."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, final

import pluggy

from tlzoo.errors import PluginError, did_you_mean

from .catalog import catalog
from .crashes import running_code_of, take_crash
from .discovery import CORE
from .failures import IMPORT, forget_failure, record_failure
from .interruptions import interruptions
from .namespaces import NAMESPACED, wrong_namespace
from .plugin import Plugin, Status

HOOKS: Mapping[str, str] = {
    "tlzoo_backbones": "loader",
    "tlzoo_importers": "importer",
    "tlzoo_heads": "head",
    "tlzoo_strategies": "strategy",
    "tlzoo_data_adapters": "data adapter",
    "tlzoo_modalities": "modality",
    "tlzoo_tasks": "task",
    "tlzoo_trainers": "trainer",
    "tlzoo_scores": "score",
    "tlzoo_objectives": "objective",
    "tlzoo_exporters": "exporter",
    "tlzoo_trackers": "tracker",
    "tlzoo_layers": "layer",
}
"""All hooks, with the noun for one of their components."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A component that a plugin registers under a name."""

    name: str
    value: Any
    plugin: str


@final
class Plugins:
    """The installed plugins of one process, with their present status."""

    __slots__ = ("_doubted", "_given", "_known", "_manager")

    def __init__(self, discovered: Iterable[Plugin]) -> None:
        self._known = {plugin.name: plugin for plugin in discovered}
        self._given: dict[tuple[str, str], dict[str, Any]] = {}
        self._doubted: dict[str, str] = {}
        self._manager = pluggy.PluginManager("tlzoo")
        self._manager.add_hookspecs(import_module("tlzoo.hookspecs"))  # by name: it has the types of all layers

    def all(self) -> tuple[Plugin, ...]:
        """Return all installed plugins with their present status."""
        return tuple(self._known.values())

    def load(self, name: str) -> Plugin:
        """Import a plugin and register its hooks, unless done before or unusable; return it with its new status.

        Raises PluginError if no such plugin is installed.
        """
        if name not in self._known:
            raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, self._known, valid="installed"))
        plugin = self._known[name]
        if plugin.worth_loading and not self._manager.has_plugin(name):
            if plugin.failed_before is not None:
                self._doubted[name] = plugin.failed_before
                self._known[name] = replace(plugin, status="ok", reason=None, fix=None, failed_before=None)
            if name == CORE or not take_crash(name) or self._survived(name):
                with self._quarantine(name, IMPORT):
                    self._register(plugin)
        return self._known[name]

    def _survived(self, name: str) -> bool:
        """Try a plugin that may have crashed a process in a child process; mark it as broken if it fails there."""
        from .installation.trial import try_plugin

        tried = try_plugin(name, alone=True)
        if tried["status"] == "ok":
            return True
        self._set_aside(name, "broken", str(tried["error"]), f"upgrade or uninstall {name!r}")
        record_failure(self._known[name], IMPORT)
        return False

    def examine(self) -> tuple[Plugin, ...]:
        """Load every plugin and call each of its hooks, to find all errors; return all plugins."""
        for hook in HOOKS:
            self.registered(hook)
        return self.all()

    def registered(self, hook: str, *, plugin: str | None = None) -> list[Registered]:
        """Return the components of one plugin, or of every usable one, for a hook, in the order of the plugins.

        A plugin that fails, or that uses a name of an earlier plugin, becomes unusable. Raises PluginError if the
        requested plugin cannot be used.
        """
        if hook not in HOOKS:
            raise PluginError(f"no hook {hook!r}", did_you_mean(hook, HOOKS))
        if plugin is not None:
            given = self._call(hook, plugin)
            self._require(plugin)
            return [Registered(name, value, plugin) for name, value in given.items()]
        owners: dict[str, Registered] = {}
        for each in tuple(self._known):
            given = self._call(hook, each)
            taken = next((name for name in given if name in owners), None)
            if taken is not None:
                reason = f"its {HOOKS[hook]} {taken!r} has the name of one of {owners[taken].plugin!r}"
                self._set_aside(
                    each, "conflict", reason, f"rename it, or uninstall one of {each!r}, {owners[taken].plugin!r}"
                )
            else:
                owners.update({name: Registered(name, value, each) for name, value in given.items()})
        return list(owners.values())

    def _register(self, plugin: Plugin) -> None:
        module = import_module(plugin.module)
        _refuse_unmarked(module)
        self._manager.register(module, plugin.name)
        self._manager.check_pending()

    def _call(self, hook: str, name: str) -> dict[str, Any]:
        """Call one plugin's implementation of a hook, once per process."""
        if not self.load(name).usable:
            return {}
        if (hook, name) not in self._given:
            with self._quarantine(name, hook):
                self._given[hook, name] = self._checked(hook, name)
            if hook in NAMESPACED:
                self._refuse_other_namespaces(hook, name)
        return self._given.get((hook, name), {})

    def _refuse_other_namespaces(self, hook: str, name: str) -> None:
        """Mark a plugin as unusable if one of its names is not in its own namespace."""
        for each in self._given.get((hook, name), {}):
            if wrong := wrong_namespace(f"its {HOOKS[hook]} {each!r}", each, self._known[name], self._known.values()):
                self._set_aside(name, *wrong)
                del self._given[hook, name]
                return

    @contextmanager
    def _quarantine(self, name: str, where: str) -> Iterator[None]:
        """Mark the plugin as broken for any exception of its code in the block; user interruptions propagate."""
        with interruptions() as interrupted:
            try:
                with running_code_of(name):
                    yield
            except BaseException as error:
                if interrupted():
                    raise
                self._fail(name, error, where)
                return
        if self._doubted.get(name) == where:
            del self._doubted[name]
            forget_failure(self._known[name])

    def _checked(self, hook: str, name: str) -> dict[str, Any]:
        module = self._manager.get_plugin(name)
        given: dict[str, Any] = {}
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if implementation.plugin is not module:
                continue
            result = implementation.function()
            if not isinstance(result, Mapping) or not all(isinstance(key, str) and key for key in result):
                raise TypeError(f"it must return a mapping from names; got {result!r:.80}")
            given.update(result)
        return given

    def _fail(self, name: str, error: BaseException, where: str) -> None:
        """Mark a plugin whose code failed as broken. An error in the core is raised, as nothing works without it."""
        if name == CORE:
            raise error
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)
        trace = "".join(traceback.format_exception(error))
        reason = _reason(error) if where == IMPORT else f"{where}: {_reason(error)}"
        self._set_aside(name, "broken", reason, f"upgrade or uninstall {name!r}", trace)
        record_failure(self._known[name], where)

    def _set_aside(self, name: str, status: Status, reason: str, fix: str, trace: str | None = None) -> None:
        self._known[name] = replace(self._known[name], status=status, reason=reason, fix=fix, traceback=trace)

    def _require(self, name: str) -> None:
        plugin = self._known[name]
        if not plugin.usable:
            raise PluginError(f"the plugin {name!r} cannot be used ({plugin.status}): {plugin.reason}", plugin.fix)


@cache
def plugins() -> Plugins:
    """Return the plugins of this process."""
    return Plugins(catalog().plugins.values())


def load(name: str) -> Plugin:
    """Import a plugin and register its hooks.

    Args:
        name: Name of the plugin.

    Returns:
        The plugin with its new status.

    Raises:
        PluginError: If no such plugin is installed.
    """
    return plugins().load(name)


def registered(hook: str, *, plugin: str | None = None) -> list[Registered]:
    """Return the components that plugins provide for a hook, in the order of the plugins.

    Args:
        hook: Name of the hook, such as ``"tlzoo_heads"``.
        plugin: Name of the only plugin to use. None: all usable plugins.

    Returns:
        The components with their names and plugins.

    Raises:
        PluginError: If the hook is unknown, or the requested plugin cannot be used.
    """
    return plugins().registered(hook, plugin=plugin)


def forget() -> None:
    """Forget index, registries and plugins after a change; they are read again when needed."""
    plugins.cache_clear()
    catalog.cache_clear()


def _refuse_unmarked(module: ModuleType) -> None:
    """Raise an error for functions that look like hooks and would silently never be called."""
    for name, value in vars(module).items():
        if name.startswith("tlzoo_") and callable(value) and getattr(value, "__module__", None) == module.__name__:
            if name not in HOOKS:
                raise PluginError(f"{module.__name__}.{name} is not a hook", did_you_mean(name, HOOKS))
            if not hasattr(value, "tlzoo_impl"):
                raise PluginError(
                    f"{module.__name__}.{name} is not marked as a hook", "put @tlzoo.plugins.hookimpl above it"
                )


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, PluginError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
