"""Progress that keeps what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tlzoo.progress import Advance, Silent

__all__ = ["Telling"]


class Telling(Silent):
    """Keeps its notes, the names of the pieces of work as they begin, and what each came to.

    ``tracked`` has the name, the total, the unit, and the number of units that were done, of each that ended without an
    error; ``ended`` the names of all that ended.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.work: list[str] = []
        self.ended: list[str] = []
        self.tracked: list[tuple[str, int, str, int]] = []

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        self.work.append(what)
        done: list[int] = []
        try:
            yield done.append
        finally:
            self.ended.append(what)
        self.tracked.append((what, total, unit, sum(done)))

    def note(self, text: str) -> None:
        self.notes.append(text)
