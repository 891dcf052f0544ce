"""Progress that keeps what it is told."""

from __future__ import annotations

from typing import Any

from tlzoo.progress import Silent

__all__ = ["Telling"]


class Telling(Silent):
    """Keeps its notes, and the names of the pieces of work, in their order."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.work: list[str] = []

    def track(self, what: str, total: int, unit: str) -> Any:
        self.work.append(what)
        return super().track(what, total, unit)

    def note(self, text: str) -> None:
        self.notes.append(text)
