"""Where tlzoo keeps what it can make or fetch again."""

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
        caches, home = os.environ.get("XDG_CACHE_HOME", ""), os.environ.get("HOME", "")
        if caches.startswith("/"):
            return f"{caches.rstrip('/')}/tlzoo"
        if home.startswith("/"):
            return f"{home.rstrip('/')}/.cache/tlzoo"
    from platformdirs import user_cache_dir

    return user_cache_dir("tlzoo", appauthor=False)
