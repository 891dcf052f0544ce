"""Settings of downloads: permissions, limits, progress and questions, for a block of code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from tlzoo.errors import UsageError
from tlzoo.progress import Progress, Silent

__all__ = ["Limits", "Settings", "settings", "using"]

OFFLINE, MIRROR, DEADLINE = "TLZOO_OFFLINE", "TLZOO_MIRROR", "TLZOO_DEADLINE"
_NO = {"", "0", "false", "no", "off"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Time and size limits. Sizes are in bytes, times in seconds."""

    connect: float = 15.0
    silence: float = 30.0
    """Maximum silence of a server."""
    deadline: float = 4 * 3600.0
    """Total time for one file, with waits and retries; ``TLZOO_DEADLINE`` in seconds sets it."""
    attempts: int = 4
    pause: float = 1.0
    """The second attempt is immediate, the third waits twice this time; each further wait is doubled."""
    redirects: int = 8
    file: int = 20 * 10**9
    unpacked: int = 40 * 10**9
    members: int = 20_000
    """Maximum number of files and folders in an archive."""
    ratio: int = 200
    """Maximum ratio of unpacked to packed size, beyond 64 MB."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings during loading."""

    offline: bool = False
    trust_on_first_use: bool = False
    trust_stated: bool = False
    """Accept files without a declared hash if they have the MD5 that their server states; pin their SHA-256."""
    estimate_memory: bool = False
    """Estimate the memory of a network before it is built, because its sizes come from a new repository."""
    trusted: frozenset[str] = frozenset()
    """Ids of entries, and run folders, with programs that may use operations refused otherwise."""
    mirrors: tuple[str, ...] = ()
    """URLs (https:// or file:///) to try before an entry's own source."""
    limits: Limits = field(default_factory=Limits)
    progress: Progress = field(default_factory=Silent)
    confirm: Callable[[str], bool] | None = None
    """Asks the user a yes-or-no question; None if there is no terminal."""


_current: ContextVar[Settings | None] = ContextVar("tlzoo_artifacts", default=None)


def settings() -> Settings:
    """Return the current settings: those of the innermost ``using``, else of the environment.

    Raises UsageError if an environment variable is invalid.
    """
    return _current.get() or Settings(
        offline=os.environ.get(OFFLINE, "").strip().lower() not in _NO,
        mirrors=tuple(os.environ.get(MIRROR, "").split()),
        limits=Limits(deadline=_seconds(os.environ.get(DEADLINE))),
    )


@contextmanager
def using(**changes: Any) -> Iterator[Settings]:
    """Apply fields of ``Settings`` within the block.

    >>> with using(offline=True):
    ...     settings().offline
    True

    Args:
        changes: Fields by name; None leaves a field unchanged.

    Yields:
        The settings.
    """
    changed = replace(settings(), **{name: value for name, value in changes.items() if value is not None})
    token = _current.set(changed)
    try:
        yield changed
    finally:
        _current.reset(token)


def _seconds(text: str | None) -> float:
    if not text:
        return Limits().deadline
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UsageError(f"{DEADLINE}: {text!r} is not a time", "use seconds, such as 3600")
    return seconds
