"""Progress display of the Python API: bars in a terminal and in notebooks, or one line per epoch."""

from __future__ import annotations

import html
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tlzoo.errors import UsageError
from tlzoo.progress import Advance, Progress, Silent

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Bars", "Lines", "NotebookBars", "Verbose", "shown_progress"]

Verbose: TypeAlias = Literal["auto", 0, 1, 2]
"""Amount of output: 0 none, 1 bars, 2 one line per epoch; "auto" is 1 in terminals and notebooks, otherwise 0."""

_SECONDS_BETWEEN = 0.1
"""Seconds between updates of a bar in a notebook."""


def shown_progress(progress: Progress | None, verbose: Verbose | bool = "auto") -> Progress:  # noqa: FBT001 - as of Keras
    """Return the given progress, or one for the value of ``verbose``.

    Raises UsageError for an invalid value.
    """
    if progress is not None:
        return progress
    if verbose not in ("auto", 0, 1, 2):
        raise UsageError(
            f"verbose must be 0, 1, 2 or 'auto'; got {verbose!r}",
            "use 0 (no output), 1 (bars), 2 (one line per epoch) or 'auto'",
        )
    display = _notebook_display()
    if verbose == "auto":
        verbose = 1 if display is not None or sys.stderr.isatty() else 0
    if verbose == 0:
        return Silent()
    if verbose == 2:  # noqa: PLR2004
        return Lines()
    return Bars() if display is None else NotebookBars(display)


class Lines(Silent):
    """Prints notes, and a line with the metrics of every epoch, on stderr."""

    def note(self, text: str) -> None:
        """Print a note."""
        print(text, file=sys.stderr)  # noqa: T201 - what verbose=2 asks for

    def epoch(self, phase: str, epoch: int, figures: Mapping[str, Any]) -> None:
        """Print the metrics of an epoch, as Keras does: ``head, epoch 3 - loss: 0.1234 - val_loss: 0.2345``."""
        shown = [f"{name}: {value:.4g}" for name, value in figures.items() if isinstance(value, int | float)]
        self.note(" - ".join((f"{phase}, epoch {epoch}", *shown)))


class Bars:
    """One bar per piece of work, drawn by rich on the terminal's stderr."""

    def __init__(self, console: Console | None = None) -> None:
        """Store the console to draw on; None means stderr."""
        from rich.console import Console

        self._console = console or Console(stderr=True, highlight=False, markup=False, emoji=False)

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        """Draw a bar during the work."""
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
        """Print a note above the bars."""
        self._console.print(text)


class NotebookBars:
    """One bar per piece of work, as HTML below the cell, with the metrics of the last epoch next to it.

    rich's bars need ipywidgets in a notebook; these need only IPython, which every notebook has.
    """

    def __init__(self, display: Callable[[str], Callable[[str], None]]) -> None:
        """Store the function that displays HTML and returns a function to replace it."""
        self._display = display
        self._figures = ""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        """Show a bar during the work, and its duration at the end."""
        began, shown, count = time.monotonic(), 0.0, 0
        self._figures = ""
        update = self._display(_bar(what, 0, total, unit, ""))

        def advance(done: int) -> None:
            nonlocal count, shown
            count += done
            if time.monotonic() - shown >= _SECONDS_BETWEEN:
                shown = time.monotonic()
                update(_bar(what, count, total, unit, self._figures))

        try:
            yield advance
        finally:
            seconds = f"{time.monotonic() - began:.1f} s"
            update(_bar(what, count, total, unit, " - ".join(filter(None, (self._figures, seconds)))))

    def note(self, text: str) -> None:
        """Show a note below the cell."""
        self._display(f"<div>{html.escape(text)}</div>")

    def epoch(self, phase: str, epoch: int, figures: Mapping[str, Any]) -> None:  # noqa: ARG002 - the bar has them
        """Show the metrics of the last epoch next to the bar."""
        shown = [f"{name}: {value:.4g}" for name, value in figures.items() if isinstance(value, int | float)]
        self._figures = " - ".join(shown)


def _bar(what: str, count: int, total: int, unit: str, more: str) -> str:
    value = f' value="{count}" max="{total}"' if total else ""
    amount = f"{count:,} of {total:,}" if total else f"{count:,}"
    said = html.escape(f"{amount} {unit} {more}".strip())
    return f"<div>{html.escape(what)} <progress{value}></progress> {said}</div>"


def _notebook_display() -> Callable[[str], Callable[[str], None]] | None:
    """Return the function that displays HTML; None outside a notebook."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    shown: Any = importlib.import_module("IPython.display")  # without types

    def show(content: str) -> Callable[[str], None]:
        handle = shown.display(shown.HTML(content), display_id=True)
        return lambda changed: handle.update(shown.HTML(changed))

    return show
