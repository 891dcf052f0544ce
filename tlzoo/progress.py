"""Progress of work: the protocol ``Progress``, and ``Silent``, which ignores it.

Everything that may take more than a second takes a ``Progress``: functions of the Python API, trainers (as
``setup.progress``), data adapters, downloads. The command line draws bars in a terminal, and writes lines otherwise.
Pass an object of your own to show progress in another way::

    import tlzoo


    class Lines(tlzoo.progress.Silent):
        def note(self, text):
            print(text)


    run = tlzoo.train(data="digits:", backbone="glyphnet", progress=Lines())
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, runtime_checkable

__all__ = ["Advance", "EpochProgress", "Progress", "Silent"]

Advance = Callable[[int], None]
"""Function that takes the number of units done since the last call."""


class Progress(Protocol):
    """Receives progress and notes. Results do not depend on it.

    The code that does the work calls ``track`` once; callers pass their ``Progress`` on and do not call it again.
    """

    def track(self, what: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """Start a piece of work, and return a context manager that ends it.

        Args:
            what: The work, in one or two words: ``reading``.
            total: The number of units; 0 if unknown.
            unit: The plural of the unit: ``images``. ``bytes`` are shown as KB or MB.

        The context manager returns a function that takes the number of units done since the last call::

            with progress.track("reading", len(paths), "images") as advance:
                for path in paths:
                    ...
                    advance(1)
        """
        ...

    def note(self, text: str) -> None:
        """Show one line of text to the user."""
        ...


@runtime_checkable
class EpochProgress(Protocol):
    """What a ``Progress`` may add to receive the figures of every epoch."""

    def epoch(self, phase: str, epoch: int, figures: Mapping[str, Any]) -> None:
        """Take the figures of a finished epoch, such as ``{"loss": 0.4, "val_loss": 0.5}``; epochs count from 1."""
        ...


class Silent:
    """Shows nothing; the default of the Python API. Subclass it to receive only notes, or only progress."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:  # noqa: ARG002
        """Yield a function that does nothing."""
        yield lambda _done: None

    def note(self, text: str) -> None:
        """Do nothing."""
