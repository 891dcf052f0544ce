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
    return _Bars() if notes().isatty() else _Lines()


class _Bars:
    """One bar a piece of work, by rich."""

    def __init__(self) -> None:
        from .output import console

        self._console = console(notes())

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        amount = (DownloadColumn(),) if unit == "bytes" else (MofNCompleteColumn(), TextColumn(unit))
        columns = (
            TextColumn("{task.description:<16}", markup=False),
            BarColumn(),
            *amount,
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console) as bars:
            task = bars.add_task(what, total=total or None)
            yield lambda done: bars.advance(task, done)

    def note(self, text: str) -> None:
        self._console.print(text)


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
