"""The options ``task=`` and ``classes=`` of sources with one class per sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tlzoo.data.contract import Samples
from tlzoo.errors import UsageError, did_you_mean
from tlzoo.tasks import Classification, Task, task_named

__all__ = ["CLASS_OPTIONS", "class_order", "class_task", "with_class_options"]

CLASS_OPTIONS = ("task", "classes")


def with_class_options(samples: Samples, options: Mapping[str, str]) -> Samples:
    """Return samples with the task and the class order given by the options of their source.

    Raises:
        UsageError: For a task without one class per sample, and for ``classes=`` with other names than the
            samples have.
    """
    names = samples.task.class_names
    order = class_order(options, samples.source) or names
    if unknown := [name for name in order if name not in names]:
        fix = did_you_mean(unknown[0], names, valid="classes")
        raise UsageError(f"{samples.source} has no class {unknown[0]!r}, but classes= names it", fix)
    if left := [name for name in names if name not in order]:
        raise UsageError(f"{samples.source}: classes= lacks {left[0]!r}", "name every class once, in order")
    place = np.array([order.index(name) for name in names], np.int64)
    return replace(samples, task=class_task(options, samples.source).of_names(order), labels=place[samples.labels])


def class_task(options: Mapping[str, str], source: str) -> type[Task]:
    """Return the task that ``task=KIND`` names, classification without the option.

    Raises:
        UsageError: For an unknown task, and for one without one class per sample.
    """
    task = task_named(options["task"]) if "task" in options else Classification
    if not task.exclusive:
        what = f"{source} has one class per sample; the task {task.kind} needs other labels"
        raise UsageError(what, "name a classification task, or use a table: or arrays: source")
    return task


def class_order(options: Mapping[str, str], source: str) -> tuple[str, ...]:
    """Return the classes in ``classes=A,B,C``, empty without the option. Raises UsageError for a repeated one."""
    classes = tuple(options["classes"].split(",")) if "classes" in options else ()
    if len(set(classes)) != len(classes):
        raise UsageError(f"{source}: classes= repeats a name", "write each class once, in order")
    return classes
