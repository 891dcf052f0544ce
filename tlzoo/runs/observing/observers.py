"""Observers of a run: Keras callbacks and trackers. They are arguments, not part of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError

if TYPE_CHECKING:
    from tlzoo.runs.files.journal import Journal
    from tlzoo.runs.opening.open_recipe import Opened
    from tlzoo.trackers import Tracker

__all__ = ["NOBODY", "Observers", "record_callbacks", "refuse_callbacks"]


@dataclass(frozen=True, slots=True)
class Observers:
    """Callbacks and trackers of a run.

    ``callbacks`` are Keras callbacks, as returned by ``check_callbacks``. ``trackers`` are those of ``make_trackers``;
    None means the trackers that the run was started with.
    """

    callbacks: tuple[Any, ...] = ()
    trackers: tuple[Tracker, ...] | None = None


NOBODY = Observers()


def refuse_callbacks(opened: Opened, observers: Observers) -> None:
    """Raise UsageError for callbacks if the run's trainer does not support them."""
    if observers.callbacks and not opened.trainer.takes_callbacks:
        raise UsageError(
            f"{opened.recipe.data} is trained by {type(opened.trainer).__name__}, which has no Keras callbacks",
            "remove callbacks",
        )


def record_callbacks(journal: Journal, observers: Observers, note: Callable[[str], None]) -> None:
    """Record the classes of the callbacks; print a note if a resumed run lacks callbacks that it was started with."""
    from tlzoo.training import callback_names

    names = callback_names(observers.callbacks)
    known = journal.find("callbacks")
    before = [] if known is None else [str(each) for each in known.get("classes", [])]
    missing = [name for name in before if name not in names]
    if missing:
        note(
            f"the run was started with callbacks and continues without {', '.join(missing)}; "
            "give them again with `tlzoo.resume(…, callbacks=[…])`"
        )
    if names and not before:
        journal.append("callbacks", classes=names)
