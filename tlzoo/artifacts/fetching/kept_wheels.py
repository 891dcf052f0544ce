"""Downloaded wheels, kept until all files of an entry have been read out of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from tlzoo.files.atomic import temporary_folder
from tlzoo.files.folders import cache_folder

__all__ = ["KeptWheels", "kept_wheels"]


@dataclass(frozen=True, slots=True)
class KeptWheels:
    """Wheels by requirement, in temporary folders of the cache."""

    paths: dict[str, Path] = field(default_factory=dict)
    folders: ExitStack = field(default_factory=ExitStack)

    def new_folder(self) -> Path:
        """Return an empty folder that is removed at the end of the block."""
        return self.folders.enter_context(temporary_folder(cache_folder() / "downloads" / "wheel"))


_current: ContextVar[KeptWheels | None] = ContextVar("tlzoo_kept_wheels", default=None)


@contextmanager
def kept_wheels() -> Iterator[KeptWheels]:
    """Keep wheels until the outermost block ends, so that several files of a wheel need only one download."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    kept = KeptWheels()
    token = _current.set(kept)
    try:
        with kept.folders:
            yield kept
    finally:
        _current.reset(token)
