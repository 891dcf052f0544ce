"""The arguments of verbs that say who watches a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.runs import Observers

__all__ = ["observers_of"]


def observers_of(callbacks: Sequence[Any] | None) -> Observers:
    """Return the observers of a run; raise UsageError for what is not a Keras callback, or has a native way."""
    from tlzoo.runs import Observers

    if not callbacks:
        return Observers()
    from tlzoo.training import check_callbacks

    return Observers(check_callbacks(callbacks))
