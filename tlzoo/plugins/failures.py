"""Plugins that failed to load, remembered between processes.

Listing does not import plugins. So the process that loads one and fails leaves a note, and `tlzoo list` shows the
plugin's entries as not installed. The note is void once the plugin or the environment has changed, and a command that
needs the plugin tries again all the same.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.files.derived_cache import stamp
from tlzoo.files.folders import failed_plugins_path

if TYPE_CHECKING:
    from .plugin import Plugin

__all__ = ["IMPORT", "forget_failure", "record_failure", "with_failure"]

IMPORT = "import"
_MOST_FILES = 1_000


def record_failure(plugin: Plugin, where: str) -> None:
    """Write down that a plugin is broken as it is, why, and where: ``import`` or a hook.

    A cache that cannot be written is done without.
    """
    from tlzoo.files.atomic import write_text

    path = _note(plugin)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        noted = {"state": _state(plugin), "reason": plugin.reason, "fix": plugin.fix, "where": where}
        write_text(path, json.dumps(noted))


def forget_failure(plugin: Plugin) -> None:
    """Remove a plugin's note: what failed has succeeded."""
    with suppress(OSError):
        _note(plugin).unlink()


def with_failure(plugin: Plugin) -> Plugin:
    """Return the plugin as broken where it failed before and nothing has changed since."""
    if not plugin.usable:
        return plugin
    try:
        noted = json.loads(_note(plugin).read_bytes())
        if noted["state"] != _state(plugin):
            return plugin
        reason, fix, where = (str(noted[key]) for key in ("reason", "fix", "where"))
        return replace(plugin, status="broken", reason=reason, fix=fix, failed_before=where)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return plugin


def _note(plugin: Plugin) -> Path:
    return Path(failed_plugins_path()) / f"{''.join(each if each.isalnum() else '-' for each in plugin.name)}.json"


def _state(plugin: Plugin) -> list[Any]:
    """Return what a failure depends on: the plugin's own files, and what else is installed."""
    package = None if plugin.registry is None else Path(plugin.registry.origin).parent
    files = [] if package is None else sorted(str(path) for path in package.rglob("*.py"))[:_MOST_FILES]
    return [
        plugin.version,
        plugin.module,
        sys.version,
        [[path, stamp(path)] for path in files],
        [[folder, stamp(folder)] for folder in _installed_into(package)],
    ]


def _installed_into(package: Path | None) -> list[str]:
    """Return the folders that change when something is installed: the same in every process of an environment."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return sorted(folders | ({str(package.parent)} if package is not None else set()))
