"""How long work tells what it is doing: a protocol that the layers call and the command line draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Progress", "Silent"]

Advance = Callable[[int], None]


class Progress(Protocol):
    """Told by the layers below; never decides anything."""

    def track(self, what: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """Return a context manager whose value is called with how many of ``total`` units were just done."""
        ...

    def note(self, text: str) -> None:
        """Say one line."""
        ...


class Silent:
    """Says nothing: what the Python API uses unless told otherwise."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:  # noqa: ARG002
        """Yield a function that does nothing."""
        yield lambda _done: None

    def note(self, text: str) -> None:
        """Do nothing."""
