"""Checks of a class, data source, plugin or entry, given by name."""

from __future__ import annotations

from collections.abc import Callable

from tlzoo.errors import EntryError, UsageError, did_you_mean, nearest
from tlzoo.testing.outcome import Report, Result

__all__ = ["checks_of"]

Tell = Callable[[Result], None]


def checks_of(what: str) -> Callable[[Tell], Report]:
    """Return a function that runs the checks and reports each result immediately.

    ``what`` is a class (``module:Class`` or ``./file.py:Class``), a data source, an installed plugin, or an entry.
    Raises UsageError and EntryError for any other name.
    """
    from tlzoo.plugins import catalog
    from tlzoo.testing import check_entry, check_plugin

    if ":" in what:
        check = _check_of_reference(what)
        return lambda tell: check(what, tell)
    if what in catalog().plugins:
        return lambda tell: check_plugin(what, tell)
    try:
        entry = catalog().get(what)
    except EntryError as error:
        if nearest(what, catalog().plugins):
            raise UsageError(f"no plugin and no entry {what!r}", did_you_mean(what, catalog().plugins)) from error
        raise
    catalog().require_installed(entry)
    return lambda tell: check_entry(entry, tell)


def _check_of_reference(what: str) -> Callable[[str, Tell], Report]:
    """Return the check for ``scheme:location``, or for the kind of class of ``module:Class``."""
    from tlzoo.heads import Head
    from tlzoo.objectives import Objective
    from tlzoo.plugins import registered
    from tlzoo.runs.opening.components import find_class
    from tlzoo.strategies import Strategy
    from tlzoo.tasks import Task
    from tlzoo.testing import check_head, check_objective, check_source, check_strategy, check_task, check_tracker
    from tlzoo.trackers import Tracker

    if what.partition(":")[0] in {each.name for each in registered("tlzoo_data_adapters")}:
        return check_source
    kinds: dict[type, Callable[[str, Tell], Report]] = {
        Strategy: check_strategy,
        Head: check_head,
        Objective: check_objective,
        Task: check_task,
        Tracker: check_tracker,
    }
    found = find_class(what, tuple(kinds))
    return next(check for kind, check in kinds.items() if issubclass(found, kind))
