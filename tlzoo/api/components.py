"""Functions on plugins and their components: list, enable, disable, check, and create a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import tlzoo

if TYPE_CHECKING:
    import tlzoo.testing
    import tlzoo.zoo

__all__ = [
    "check",
    "diagnose",
    "disable_plugins",
    "enable_plugins",
    "list_adapters",
    "list_exporters",
    "list_heads",
    "list_objectives",
    "list_plugins",
    "list_scores",
    "list_strategies",
    "list_tasks",
    "list_trackers",
    "new_project",
]


def list_strategies(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all strategies with their options, or the named one.

    >>> strategies = tlzoo.list_strategies()

    Args:
        name: Name of a strategy. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_strategies", "strategy", name)


def list_heads(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all heads with their options, or the named one.

    >>> heads = tlzoo.list_heads("mlp")

    Args:
        name: Name of a head. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_heads", "head", name)


def list_adapters(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all data adapters, or the named one.

    >>> adapters = tlzoo.list_adapters()

    Args:
        name: Name of an adapter, the part of a data source before the colon. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_data_adapters", "data adapter", name)


def list_scores(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all scores of ``tlzoo rank``, or the named one.

    >>> scores = tlzoo.list_scores()

    Args:
        name: Name of a score. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_scores", "score", name)


def list_objectives(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all objectives with their options, or the named one.

    >>> objectives = tlzoo.list_objectives()

    Args:
        name: Name of an objective. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_objectives", "objective", name)


def list_tasks(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all tasks, or the named one.

    >>> tasks = tlzoo.list_tasks()

    Args:
        name: Name of a task. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_tasks", "task", name)


def list_exporters(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all export formats with their options, or the named one.

    >>> formats = tlzoo.list_exporters()

    Args:
        name: Name of a format. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_exporters", "exporter", name)


def list_trackers(name: str | None = None) -> tlzoo.zoo.Components:
    """Return all trackers with their options, or the named one.

    >>> trackers = tlzoo.list_trackers()

    Args:
        name: Name of a tracker. None: all.

    Returns:
        A sequence that displays as a table.

    Raises:
        UsageError: If the name is unknown.
    """
    return _components("tlzoo_trackers", "tracker", name)


def list_plugins() -> tlzoo.zoo.PluginList:
    """Load every installed plugin, and return all with their errors.

    >>> plugins = tlzoo.list_plugins()

    Returns:
        A sequence that displays as a table.
    """
    from tlzoo.plugins import plugins
    from tlzoo.zoo.listing.plugins import PluginList

    return PluginList(tuple(plugins().examine()))


def disable_plugins(*names: str) -> tlzoo.zoo.PluginList:
    """Disable plugins until they are enabled again, also in other processes.

    >>> plugins = tlzoo.disable_plugins("tlzoo-text")

    Args:
        names: Names of plugins.

    Returns:
        All plugins, as a sequence that displays as a table.

    Raises:
        PluginError: If a plugin is not installed.
    """
    return _switched(names, on=False)


def enable_plugins(*names: str) -> tlzoo.zoo.PluginList:
    """Enable disabled plugins.

    >>> plugins = tlzoo.enable_plugins("tlzoo-text")

    Args:
        names: Names of plugins.

    Returns:
        All plugins, as a sequence that displays as a table.

    Raises:
        PluginError: If a plugin is not installed.
    """
    return _switched(names, on=True)


def check(what: str) -> tlzoo.testing.Report:
    """Run the conformance checks on an entry, a plugin, a class or a data source.

    >>> report = tlzoo.check("images:photos/")
    >>> report.ok
    True

    Args:
        what: An entry, an installed plugin, a class (``"./mine.py:Head"``), or a small data source.

    Returns:
        The results of all checks. ``ok`` is True if at least one check ran and none failed.

    Raises:
        UsageError: If there is nothing of this name.
    """
    from tlzoo.testing.by_name import checks_of

    return checks_of(what)(lambda _: None)


def diagnose() -> dict[str, Any]:
    """Return the versions, devices, folders and plugins on this machine, and problems with their fixes.

    >>> found = tlzoo.diagnose()
    >>> problems = [(each["what"], each["fix"]) for each in found["problems"]]

    Returns:
        The output of ``tlzoo doctor --json``.
    """
    from tlzoo.zoo.diagnosis import diagnose as diagnosed

    return diagnosed()


def new_project(kind: str, name: str, out: str | Path = ".") -> tlzoo.zoo.Project:
    """Create a plugin project that passes its checks, in the folder ``out/name``.

    >>> project = tlzoo.new_project("strategy", "acme-descend")

    Args:
        kind: ``"plugin"``, ``"backbone"``, ``"head"``, ``"strategy"``, ``"adapter"``, ``"score"`` or
            ``"tracker"``.
        name: Name of the plugin, in lowercase letters, digits and hyphens.
        out: Parent folder of the project.

    Returns:
        The folder of the project and its files.

    Raises:
        UsageError: If the kind is unknown, or the name is invalid or taken.
    """
    from tlzoo.zoo.scaffolding import new_project as written

    return written(kind, name, Path(out))


def _components(hook: str, what: str, name: str | None) -> tlzoo.zoo.Components:
    from tlzoo.zoo.listing.components import components_of

    return components_of(hook, what, name)


def _switched(names: tuple[str, ...], *, on: bool) -> tlzoo.zoo.PluginList:
    from tlzoo.zoo.listing.plugins import PluginList, switch_plugins

    return PluginList(tuple(switch_plugins(names, on=on)))
