"""Where tlzoo keeps what it can make or fetch again, and what the user has set."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def cache_folder() -> Path:
    """Return the cache folder: ``TLZOO_CACHE`` if set, else the system's place for caches. It need not exist yet."""
    from pathlib import Path

    return Path(cache_path())


def cache_path() -> str:
    """Return the cache folder as text, without importing ``pathlib``: listing has no time for that."""
    chosen = os.environ.get("TLZOO_CACHE")
    if chosen:
        return os.path.expanduser(chosen)  # noqa: PTH111 (pathlib is slow)
    if sys.platform == "linux":  # what platformdirs says in the usual case, without its 20 ms
        found = _below("XDG_CACHE_HOME", ".cache")
        if found is not None:
            return found
    from platformdirs import user_cache_dir

    return user_cache_dir("tlzoo", appauthor=False)


def settings_path() -> str:
    """Return the folder of the user's settings: ``TLZOO_SETTINGS`` if set, else the system's place for them."""
    chosen = os.environ.get("TLZOO_SETTINGS")
    if chosen:
        return os.path.expanduser(chosen)  # noqa: PTH111 (pathlib is slow)
    if sys.platform == "linux":
        found = _below("XDG_CONFIG_HOME", ".config")
        if found is not None:
            return found
    from platformdirs import user_config_dir

    return user_config_dir("tlzoo", appauthor=False)


def disabled_plugins_path() -> str:
    """Return the file that names the plugins that the user has disabled, one a line. It need not exist."""
    return os.path.join(settings_path(), "disabled-plugins.txt")  # noqa: PTH118 (pathlib is slow)


def own_registry_path() -> str:
    """Return the file of the user's own entries, those of ``local/…``. It need not exist."""
    return os.path.join(settings_path(), "registry.toml")  # noqa: PTH118 (pathlib is slow)


def _below(variable: str, folder: str) -> str | None:
    """Return ``tlzoo`` in the folder that a variable names, or else in the one of the home folder."""
    named, home = os.environ.get(variable, ""), os.environ.get("HOME", "")
    if named.startswith("/"):
        return f"{named.rstrip('/')}/tlzoo"
    return f"{home.rstrip('/')}/{folder}/tlzoo" if home.startswith("/") else None
