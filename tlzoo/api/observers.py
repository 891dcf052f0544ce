"""Arguments for callbacks and trackers of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tlzoo.runs import Observers

__all__ = ["TrackerChoice", "observers_of"]


TrackerChoice: TypeAlias = Any
"""A tracker: its name, a mapping of ``name`` and options, or an object; or a list of these."""


def observers_of(callbacks: Sequence[Any] | None, tracker: TrackerChoice = None) -> Observers:
    """Return the callbacks and trackers of a run.

    Raises UsageError for a value that is not a Keras callback, for a callback with an equivalent in tlzoo, and for an
    unknown tracker.
    """
    from tlzoo.runs import Observers, make_trackers

    trackers = make_trackers(tracker)
    if not callbacks:
        return Observers(trackers=trackers)
    from tlzoo.training import check_callbacks

    return Observers(check_callbacks(callbacks), trackers)
