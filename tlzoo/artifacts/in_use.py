"""Cached files in use by this process; ``tlzoo cache prune`` keeps them until it ends."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tlzoo.files.hold import Held, hold

__all__ = ["guard_of", "stop_using", "use"]

_held: dict[Path, Held] = {}


def guard_of(folder: Path) -> Path:
    """Return the lock that processes hold while they use a folder of the cache."""
    return folder.with_name(f".{folder.name}.used.lock")


def use(folder: Path) -> None:
    """Protect a folder of the cache from pruning until this process ends; wait if it is being pruned.

    If the cache is not writable, there is no lock.
    """
    if folder in _held:
        return
    guard = guard_of(folder)
    with suppress(OSError):
        guard.parent.mkdir(parents=True, exist_ok=True)
        guard.touch()
    held = hold(guard, shared=True, wait=True)
    if held is not None:
        _held[folder] = held


def stop_using(folder: Path) -> None:
    """Allow pruning of a folder again, for this process."""
    held = _held.pop(folder, None)
    if held is not None:
        held.release()
