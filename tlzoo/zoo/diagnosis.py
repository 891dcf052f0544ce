"""Checks of the installation for ``tlzoo doctor``."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any

from tlzoo.artifacts.savedmodel import describe_wall
from tlzoo.errors import UsageError
from tlzoo.files.folders import cache_folder, expanded, settings_path
from tlzoo.plugins import API_VERSION, Plugin, plugins
from tlzoo.process.memory import memory_limit

__all__ = ["diagnose"]

_LITTLE_SPACE = 1_000_000_000


def diagnose() -> dict[str, Any]:
    """Import TensorFlow and every plugin; return the findings as plain values.

    ``problems`` is an array of ``what`` and ``fix``; it is empty if there are none.
    """
    tensorflow, known = _tensorflow(), plugins()
    # Without TensorFlow, hooks that return layers fail; do not blame their plugins.
    examined = known.examine() if tensorflow["error"] is None else [known.load(each.name) for each in known.all()]
    found: dict[str, Any] = {
        "python": {"version": platform.python_version(), "executable": sys.executable, "environment": sys.prefix},
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "plugin_api": API_VERSION,
        "packages": dict(_packages(plugin.name for plugin in examined)),
        "tensorflow": tensorflow,
        "plugins": [_described(plugin) for plugin in examined],
        "cache": _cache(),
        "memory": _memory(),
        "settings": settings_path(),
        "second_wall": describe_wall(),
        "environment": {name: value for name, value in sorted(os.environ.items()) if name.startswith("TLZOO_")},
    }
    found["problems"] = list(_problems(found))
    return found


def _packages(plugins: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the requirements of tlzoo and its plugins, including extras, with the installed version or None."""
    required = (each for distribution in ("tlzoo", *plugins) for each in _required(distribution))
    for name in dict.fromkeys(("tlzoo", *required)):
        try:
            yield name, metadata.version(name)
        except Exception:  # noqa: BLE001 - absent, or with unreadable metadata
            yield name, None


def _required(distribution: str) -> list[str]:
    from packaging.requirements import Requirement

    try:
        return [Requirement(each).name for each in metadata.requires(distribution) or ()]
    except Exception:  # noqa: BLE001 - the plugin's metadata cannot be read
        return []


def _tensorflow() -> dict[str, Any]:
    """Return whether TensorFlow can be imported (else ``error`` has the reason) and its devices."""
    try:
        import keras
        import tensorflow as tf
    except Exception as error:  # noqa: BLE001 - any import error is reported
        return {"error": f"{type(error).__name__}: {error}", "backend": None, "devices": []}
    devices = [
        f"{device.device_type}: {tf.config.experimental.get_device_details(device).get('device_name', device.name)}"
        for device in tf.config.list_physical_devices()
    ]
    return {"error": None, "backend": keras.backend.backend(), "devices": devices}


def _described(plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "module": plugin.module,
        "status": plugin.status,
        "entries": len(plugin.registry.entries) if plugin.registry else 0,
        "error": plugin.reason,
        "fix": plugin.fix,
        "traceback": plugin.traceback,
    }


def _cache() -> dict[str, Any]:
    from tlzoo.zoo.cache import list_cache

    folder = cache_folder()
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    return {
        "folder": str(folder),
        "writable": os.access(existing, os.W_OK),
        "bytes": sum(each.bytes for each in list_cache()),
        "free_bytes": shutil.disk_usage(existing).free,
    }


def _memory() -> dict[str, Any]:
    """Return the memory limit, or the error in ``TLZOO_MEMORY``."""
    try:
        limit = memory_limit()
    except UsageError as error:
        return {"limit_bytes": None, "source": None, "error": error.what, "fix": error.fix}
    return {"limit_bytes": limit.bytes, "source": limit.source, "error": None, "fix": None}


def _problems(found: dict[str, Any]) -> Iterator[dict[str, str]]:
    tensorflow = found["tensorflow"]
    if tensorflow["error"]:
        yield {"what": f"TensorFlow cannot be imported: {tensorflow['error']}", "fix": "reinstall tensorflow"}
    elif tensorflow["backend"] != "tensorflow":
        what = f"Keras uses the backend {tensorflow['backend']!r}, but tlzoo needs tensorflow"
        yield {"what": what, "fix": "unset KERAS_BACKEND, or set it to tensorflow"}
    for plugin in found["plugins"]:
        if plugin["status"] not in {"ok", "disabled"}:
            what = f"the plugin {plugin['name']} cannot be used ({plugin['status']}): {plugin['error']}"
            yield {"what": what, "fix": plugin["fix"]}
    yield from _problems_of_settings(found["cache"], found["memory"])


def _problems_of_settings(cache: dict[str, Any], memory: dict[str, Any]) -> Iterator[dict[str, str]]:
    if not cache["writable"]:
        yield {
            "what": f"the cache folder {cache['folder']} is not writable",
            "fix": "set TLZOO_CACHE to another folder",
        }
    elif cache["free_bytes"] < _LITTLE_SPACE:
        what = f"{cache['free_bytes'] / 1e6:.0f} MB are free in the cache folder"
        yield {"what": what, "fix": "run `tlzoo cache prune`, or set TLZOO_CACHE to a folder on another disk"}
    if memory["error"]:
        yield {"what": memory["error"], "fix": memory["fix"]}
    for name in ("TLZOO_REGISTRY", "TLZOO_MODELS"):
        for path in filter(None, os.environ.get(name, "").split(os.pathsep)):
            if not expanded(path).exists():
                yield {"what": f"{name} is set to {path}, which does not exist", "fix": f"correct or unset {name}"}
