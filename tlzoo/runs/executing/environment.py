"""Environment of a run, recorded for reproducibility."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

__all__ = ["describe_environment"]

_PACKAGES = ("tlzoo", "tensorflow", "keras", "numpy", "scikit-learn", "pydantic", "pluggy")


def describe_environment(entry: str | None = None) -> dict[str, Any]:
    """Return versions, processor and devices as plain values, without names of people or folders.

    ``trusted`` are operations in an entry's program that are used only because the user trusts the entry.
    """
    from tlzoo.artifacts import overrides
    from tlzoo.plugins import catalog

    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "absent"
    return {
        "python": platform.python_version(),
        "packages": versions,
        "plugins": {plugin.name: plugin.version for plugin in catalog().plugins.values()},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "devices": _devices(),
    } | ({"trusted": list(overrides(entry))} if entry and overrides(entry) else {})


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123  (a system file)
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _devices() -> list[str]:
    if "tensorflow" not in sys.modules:
        return []
    import tensorflow as tf

    return [f"{each.device_type} {each.name.rpartition(':')[2]}" for each in tf.config.list_physical_devices()]
