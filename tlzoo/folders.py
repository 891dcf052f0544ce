"""Where tlzoo keeps what it can make or fetch again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the cache folder: ``TLZOO_CACHE`` if set, else the system's place for caches. It need not exist yet."""
    chosen = os.environ.get("TLZOO_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("tlzoo", appauthor=False)
