"""Lookup of tasks by kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from tlzoo.errors import PluginError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.tasks.contract import Task

__all__ = ["core_tasks", "find_task", "task_kinds", "task_named", "task_of_result", "task_problem"]

_FIRST = "classification"
"""The task of results without a task: early versions had no other."""

_NEEDED = ("kind", "metrics_key", "rows_key", "serving_outputs")
"""The class variables without a default."""


def core_tasks() -> dict[str, type[Task]]:
    """Return the tasks of tlzoo, by kind, without reading the index or a plugin."""
    from tlzoo.tasks.classification import Classification
    from tlzoo.tasks.multi_label import MultiLabel
    from tlzoo.tasks.regression import Regression

    return {each.kind: each for each in (Classification, MultiLabel, Regression)}


def find_task(kind: str) -> type[Task] | None:
    """Return the class of a task, or None if no plugin has it. Other plugins are imported only if tlzoo has not.

    Raises:
        PluginError: For an invalid class.
    """
    if (found := core_tasks().get(kind)) is not None:
        return found
    from tlzoo.plugins import registered

    known = next((each for each in registered("tlzoo_tasks") if each.name == kind), None)
    if known is None:
        return None
    if (wrong := task_problem(kind, known.value)) is not None:
        raise PluginError(f"the plugin {known.plugin!r} is broken: {wrong}", f"upgrade or uninstall {known.plugin!r}")
    return cast("type[Task]", known.value)


def task_named(kind: str) -> type[Task]:
    """Return the class of a task named by the user. Raises UsageError if no plugin has it."""
    found = find_task(kind)
    if found is None:
        raise UsageError(f"unknown task {kind!r}", did_you_mean(kind, task_kinds(), valid="tasks"))
    return found


def task_problem(kind: str, task: Any) -> str | None:
    """Return why the object registered as ``kind`` is not a valid task, or None."""
    from tlzoo.tasks.contract import Task

    if not re.fullmatch(r"[\w./-]+", kind):
        return f"the name of its task {kind!a} may only have letters, digits, '.', '/', '_' and '-'"
    if not (isinstance(task, type) and issubclass(task, Task)):
        return f"its task {kind!r} is not a subclass of tlzoo.tasks.Task: {task!r:.80}"
    members = (*sorted(task.__abstractmethods__), *(name for name in _NEEDED if not hasattr(task, name)))
    if members:
        return f"its task {kind!r} does not define {members[0]!r}"
    if task.kind != kind:
        return f"its task {kind!r} has the kind {task.kind!r}"
    return None


def task_kinds() -> tuple[str, ...]:
    """Return the kinds of all tasks of all plugins."""
    from tlzoo.plugins import registered

    return tuple(each.name for each in registered("tlzoo_tasks"))


def task_of_result(result: Mapping[str, Any]) -> type[Task] | None:
    """Return the class of the task of a run's result; None without labels, or if no plugin has it."""
    return find_task(str(result.get("task", _FIRST)))
