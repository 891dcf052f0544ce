"""Locations of the cache folder and the settings folder."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def expanded(path: str | Path) -> Path:
    """Return a path with ``~`` and ``~user`` replaced by the home folder; unchanged if there is no such user.

    So ``images:~tilde`` can be a folder of this name. ``Path.expanduser`` would raise RuntimeError.
    """
    from pathlib import Path

    return Path(os.path.expanduser(path))  # noqa: PTH111 - see above


def cache_folder() -> Path:
    """Return the cache folder: ``TLZOO_CACHE`` if set, else the system's cache location. It may not exist."""
    from pathlib import Path

    return Path(cache_path())


def cache_path() -> str:
    """Return the cache folder as a string, without importing ``pathlib``, for fast listing."""
    chosen = os.environ.get("TLZOO_CACHE")
    if chosen:
        return os.path.expanduser(chosen)  # noqa: PTH111 (pathlib is slow)
    if sys.platform == "linux":  # same as platformdirs in the usual case, without its 20 ms
        found = _below("XDG_CACHE_HOME", ".cache")
        if found is not None:
            return found
    if _homeless():
        return _of_this_user("cache")
    from platformdirs import user_cache_dir

    return user_cache_dir("tlzoo", appauthor=False)


def settings_path() -> str:
    """Return the settings folder: ``TLZOO_SETTINGS`` if set, else the system's location for settings."""
    chosen = os.environ.get("TLZOO_SETTINGS")
    if chosen:
        return os.path.expanduser(chosen)  # noqa: PTH111 (pathlib is slow)
    if sys.platform == "linux":
        found = _below("XDG_CONFIG_HOME", ".config")
        if found is not None:
            return found
    if _homeless():
        return _of_this_user("settings")
    from platformdirs import user_config_dir

    return user_config_dir("tlzoo", appauthor=False)


def disabled_plugins_path() -> str:
    """Return the file with the names of disabled plugins, one per line. It may not exist."""
    return os.path.join(settings_path(), "disabled-plugins.txt")  # noqa: PTH118 (pathlib is slow)


def failed_plugins_path() -> str:
    """Return the folder of notes on plugins that failed to load. It may not exist."""
    return os.path.join(cache_path(), "failed-plugins")  # noqa: PTH118 (pathlib is slow)


def own_registry_path() -> str:
    """Return the registry of the user's own entries, ``local/…``. It may not exist."""
    return os.path.join(settings_path(), "registry.toml")  # noqa: PTH118 (pathlib is slow)


def _below(variable: str, folder: str) -> str | None:
    """Return ``tlzoo`` in the folder given by a variable, or else in the home folder."""
    named, home = os.environ.get(variable, ""), os.environ.get("HOME", "")
    if named.startswith("/"):
        return f"{named.rstrip('/')}/tlzoo"
    return f"{home.rstrip('/')}/{folder}/tlzoo" if home.startswith("/") else None


def _homeless() -> bool:
    """Return whether there is no home folder: no ``HOME``, and no entry of this user in the user database."""
    return os.path.expanduser("~") == "~"  # noqa: PTH111 (pathlib is slow)


def _of_this_user(name: str) -> str:
    """Return a folder in the temporary folder of the system that only this user can write to."""
    import tempfile

    from tlzoo.errors import UsageError

    folder = os.path.join(tempfile.gettempdir(), f"tlzoo-{os.getuid()}")  # noqa: PTH118 (pathlib is slow)
    fix = "set TLZOO_CACHE and TLZOO_SETTINGS to folders"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 (pathlib is slow)
        status = os.lstat(folder)
    except OSError as error:
        raise UsageError(f"there is no home folder, and {folder} cannot be used: {error.strerror}", fix) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise UsageError(f"there is no home folder, and {folder} belongs to others", fix)
    return os.path.join(folder, name)  # noqa: PTH118 (pathlib is slow)
