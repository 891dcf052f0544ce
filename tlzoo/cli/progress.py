"""Progress on stderr: bars in a terminal, plain lines if stderr is piped, nothing with ``--quiet``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tlzoo.progress import Progress, Silent

from .streams import notes

__all__ = ["progress_for"]


def progress_for(*, quiet: bool, brief: bool = False) -> Progress:
    """Return the progress object that a command passes on.

    Args:
        quiet: If True, nothing is printed.
        brief: If True, notes are printed but no progress, for short work.

    Returns:
        Bars in a terminal, otherwise lines.
    """
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
    """Prints notes only."""

    def note(self, text: str) -> None:
        notes().write(f"{text}\n")


class _Lines:
    """Prints a line at the start of each piece of work, for logs."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        amount = f": {total:,} {unit.removesuffix('s') if total == 1 else unit}" if total else ""
        notes().write(f"{what}{amount}\n")
        yield lambda _done: None

    def note(self, text: str) -> None:
        notes().write(f"{text}\n")
