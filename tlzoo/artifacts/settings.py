"""What fetching may do, how much it may take, and who is told: said once for all that is loaded within a block."""

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
    """How long and how large. Sizes are in bytes, times in seconds."""

    connect: float = 15.0
    silence: float = 30.0
    """How long a server may say nothing."""
    deadline: float = 4 * 3600.0
    """How long one file may take in all, waits and repeats among it; ``TLZOO_DEADLINE`` in seconds sets it."""
    attempts: int = 4
    pause: float = 1.0
    """The second attempt comes at once, the third after twice this time; doubled before each further one."""
    redirects: int = 8
    file: int = 20 * 10**9
    unpacked: int = 40 * 10**9
    members: int = 20_000
    """How many files and folders an archive may hold."""
    ratio: int = 200
    """How many times its size an archive may unpack to, beyond 64 MB."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds while something is loaded."""

    offline: bool = False
    trust_on_first_use: bool = False
    trusted: frozenset[str] = frozenset()
    """Ids of entries, and run folders, whose programs may hold operations that are refused otherwise."""
    mirrors: tuple[str, ...] = ()
    """Addresses (https:// or file:///) that are asked before an entry's own source."""
    limits: Limits = field(default_factory=Limits)
    progress: Progress = field(default_factory=Silent)
    confirm: Callable[[str], bool] | None = None
    """Asks the user a yes-or-no question; None where there is nobody to ask."""


_current: ContextVar[Settings | None] = ContextVar("tlzoo_artifacts", default=None)


def settings() -> Settings:
    """Return what holds now: what the innermost ``using`` says, else the environment.

    Raises UsageError where an environment variable makes no sense.
    """
    return _current.get() or Settings(
        offline=os.environ.get(OFFLINE, "").strip().lower() not in _NO,
        mirrors=tuple(os.environ.get(MIRROR, "").split()),
        limits=Limits(deadline=_seconds(os.environ.get(DEADLINE))),
    )


@contextmanager
def using(**changes: Any) -> Iterator[Settings]:
    """Let fields of ``Settings`` hold within the block; a field that is None stays as it is.

    >>> with using(offline=True):
    ...     settings().offline
    True
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
        raise UsageError(f"{DEADLINE}: {text!r} is no time", "write seconds, such as 3600")
    return seconds
