"""Verbs on what plugins bring: list components and plugins, switch plugins, check anything, start a project."""

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
    """Return the registered strategies with their options, or the one of that name: ``tlzoo strategies``."""
    return _components("tlzoo_strategies", "strategy", name)


def list_heads(name: str | None = None) -> tlzoo.zoo.Components:
    """Return the registered heads with their options, or the one of that name: ``tlzoo heads``."""
    return _components("tlzoo_heads", "head", name)


def list_adapters(name: str | None = None) -> tlzoo.zoo.Components:
    """Return the registered data adapters, or the one of that name: ``tlzoo adapters``."""
    return _components("tlzoo_data_adapters", "data adapter", name)


def list_scores(name: str | None = None) -> tlzoo.zoo.Components:
    """Return the registered scores, or the one of that name: ``tlzoo scores``."""
    return _components("tlzoo_scores", "score", name)


def list_objectives(name: str | None = None) -> tlzoo.zoo.Components:
    """Return the registered objectives with their options, or the one of that name: ``tlzoo objectives``."""
    return _components("tlzoo_objectives", "objective", name)


def list_tasks(name: str | None = None) -> tlzoo.zoo.Components:
    """Return the registered tasks, or the one of that name: ``tlzoo tasks``."""
    return _components("tlzoo_tasks", "task", name)


def list_trackers(name: str | None = None) -> tlzoo.zoo.Components:
    """Return the registered trackers with their options, or the one of that name: ``tlzoo trackers``."""
    return _components("tlzoo_trackers", "tracker", name)


def list_plugins() -> tlzoo.zoo.PluginList:
    """Load every installed plugin and return them all, with what is wrong: ``tlzoo plugins list``."""
    from tlzoo.plugins import plugins
    from tlzoo.zoo.listing.plugins import PluginList

    return PluginList(tuple(plugins().examine()))


def disable_plugins(*names: str) -> tlzoo.zoo.PluginList:
    """Leave plugins unused until they are enabled again, from now on and in other processes."""
    return _switched(names, on=False)


def enable_plugins(*names: str) -> tlzoo.zoo.PluginList:
    """Use disabled plugins again."""
    return _switched(names, on=True)


def check(what: str) -> tlzoo.testing.Report:
    """Run the conformance kit: ``tlzoo check``.

    ``what`` is an entry, an installed plugin with all that it gives, a class (``"./mine.py:Head"``), or a small data
    source. ``report.ok`` says whether something was run and nothing failed.
    """
    from tlzoo.testing.by_name import checks_of

    return checks_of(what)(lambda _: None)


def diagnose() -> dict[str, Any]:
    """Return what there is on this machine, and what is wrong with it: ``tlzoo doctor --json``."""
    from tlzoo.zoo.diagnosis import diagnose as diagnosed

    return diagnosed()


def new_project(kind: str, name: str, out: str | Path = ".") -> tlzoo.zoo.Project:
    """Write a plugin's project that passes its checks into the folder ``out/name``: ``tlzoo new``.

    ``kind`` is ``plugin``, ``backbone``, ``head``, ``strategy``, ``adapter``, ``score`` or ``tracker``.
    """
    from tlzoo.zoo.scaffolding import new_project as written

    return written(kind, name, Path(out))


def _components(hook: str, what: str, name: str | None) -> tlzoo.zoo.Components:
    from tlzoo.zoo.listing.components import components_of

    return components_of(hook, what, name)


def _switched(names: tuple[str, ...], *, on: bool) -> tlzoo.zoo.PluginList:
    from tlzoo.zoo.listing.plugins import PluginList, switch_plugins

    return PluginList(tuple(switch_plugins(names, on=on)))
