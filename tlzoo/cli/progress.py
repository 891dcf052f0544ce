"""Progress drawn on stderr: bars in a terminal, plain lines where stderr is piped, nothing when quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tlzoo.progress import Progress, Silent

from .streams import notes

__all__ = ["progress_for"]


def progress_for(*, quiet: bool, brief: bool = False) -> Progress:
    """Return what a command hands down to the layers below. ``brief`` work has notes, and no progress."""
    if quiet:
        return Silent()
    if brief:
        return _Notes()
    return _bars() if notes().isatty() else _Lines()


def _bars() -> Progress:
    from tlzoo.api.progress_display import Bars

    from .output import console

    return Bars(console(notes()))


class _Notes(Silent):
    """Notes alone."""

    def note(self, text: str) -> None:
        notes().write(f"{text}\n")


class _Lines:
    """A line when a piece of work begins, for logs."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        amount = f": {total:,} {unit.removesuffix('s') if total == 1 else unit}" if total else ""
        notes().write(f"{what}{amount}\n")
        yield lambda _done: None

    def note(self, text: str) -> None:
        notes().write(f"{text}\n")
