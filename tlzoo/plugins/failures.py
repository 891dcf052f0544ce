"""Records of plugins that failed to load, shared between processes.

Listing does not import plugins. So a process in which a plugin fails writes a record, and `tlzoo list` shows the
plugin's entries as not installed. The record is void once the plugin or the environment has changed. A command that
needs the plugin tries it again anyway.
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
    """Record that a plugin in its present state is broken, why, and where: ``import`` or a hook.

    If the cache is not writable, nothing is recorded.
    """
    from tlzoo.files.atomic import write_text

    path = _note(plugin)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        noted = {"state": _state(plugin), "reason": plugin.reason, "fix": plugin.fix, "where": where}
        write_text(path, json.dumps(noted))


def forget_failure(plugin: Plugin) -> None:
    """Remove the record of a plugin after a success."""
    with suppress(OSError):
        _note(plugin).unlink()


def with_failure(plugin: Plugin) -> Plugin:
    """Return the plugin as broken if it failed before and nothing has changed since."""
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
    """Return the state that a failure depends on: the plugin's files, and other installed packages."""
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
    """Return the folders that change on installation, equal in every process of an environment."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return sorted(folders | ({str(package.parent)} if package is not None else set()))
