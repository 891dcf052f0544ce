"""Finding a task by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tlzoo.tasks.contract import Task

__all__ = ["core_tasks", "find_task", "task_kinds", "task_of_result"]

_FIRST = "classification"
"""The task of results that name none: early versions had no other."""


def core_tasks() -> dict[str, type[Task]]:
    """Return the tasks of tlzoo itself, by kind, without reading the index or any plugin."""
    from tlzoo.tasks.classification import Classification
    from tlzoo.tasks.multi_label import MultiLabel
    from tlzoo.tasks.regression import Regression

    return {each.kind: each for each in (Classification, MultiLabel, Regression)}


def find_task(kind: str) -> type[Task] | None:
    """Return the class of a task, or None if no plugin has it. Other plugins are imported only if tlzoo has not."""
    if (found := core_tasks().get(kind)) is not None:
        return found
    from tlzoo.plugins import registered

    return next((each.value for each in registered("tlzoo_tasks") if each.name == kind), None)


def task_kinds() -> tuple[str, ...]:
    """Return the kinds of all tasks of all plugins."""
    from tlzoo.plugins import registered

    return tuple(each.name for each in registered("tlzoo_tasks"))


def task_of_result(result: Mapping[str, Any]) -> type[Task] | None:
    """Return the class of the task of a run's result; None if it did not learn from labels, or no plugin has it."""
    return find_task(str(result.get("task", _FIRST)))
