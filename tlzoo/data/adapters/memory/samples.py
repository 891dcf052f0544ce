"""Samples of inputs, labels and weights in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.adapters.arrays.labels import is_one_hot, read_labels, read_weights
from tlzoo.data.adapters.memory.kinds import Content, Part
from tlzoo.data.adapters.memory.labels import label_arrays, label_rows, weight_values
from tlzoo.data.adapters.memory.modality import modality_options, read_inputs
from tlzoo.data.contract import Samples
from tlzoo.data.source import refuse_unknown_options
from tlzoo.data.unlabelled import UNLABELLED
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities.arrays import refuse_masked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlzoo.data.inputs import Inputs
    from tlzoo.progress import Progress
    from tlzoo.tasks import Labels, Task
    from tlzoo.tasks.label_rows import Rows

__all__ = ["OPTIONS", "WHERE", "content_of", "options_of_inputs", "where"]

OPTIONS = ("classes", "targets", "task", "labels", "modality", "alpha", "bits", "merge_labels")
"""Options of labelled inputs in memory."""

_BYTES_A_VALUE = 100

WHERE = "data"
"""Name of data in memory in errors and reports."""


def content_of(parts: Mapping[str, Part], options: Mapping[str, str], progress: Progress) -> Content:
    """Read the samples of the parts once, and return them as content. "" is the name of undivided data.

    Raises:
        DataError: For inputs, labels or weights that cannot be used.
        UsageError: For options that do not fit.
    """
    read_once = _samples(parts, options, progress)
    samples = replace(read_once, source=f"memory:{read_once.fingerprint[:16]}")

    def read(asked: Mapping[str, str], _progress: Progress) -> Samples:
        refuse_unknown_options("memory", asked, (*OPTIONS, *modality_options(options)))
        if hasattr(samples.examples, "digests") and not np.array_equal(samples.examples.digests(), samples.digests):
            raise DataError(f"the data {samples.source} changed in memory after they were read", "pass them again")
        return samples

    return Content(samples.fingerprint, options, _bytes(parts), read)


def options_of_inputs(known: Mapping[str, str]) -> dict[str, str]:
    """Return those options of other data that inputs in memory take, too; whether they have labels is their own."""
    taken = {*OPTIONS, *modality_options(known)} - {"labels"}
    return {name: value for name, value in known.items() if name in taken}


def where(split: str) -> str:
    """Return the name of a split's data in errors; "" is undivided data."""
    return f"{WHERE}[{split!r}]" if split else WHERE


def _samples(parts: Mapping[str, Part], options: Mapping[str, str], progress: Progress) -> Samples:
    unlabelled = options.get("labels") == "none"
    if not unlabelled:
        parts = _for_task(parts, options.get("task"))
    values = [part.x for part in parts.values()]
    counts = [_count(each) for each in values]
    for name, part in parts.items():
        for kind, each in (("x", part.x), ("y", part.y), ("weights", part.weights)):
            refuse_masked(each, f"{where(name)}: {kind}")
    for name, count in zip(parts, counts, strict=True):
        if not count:
            raise DataError(f"{where(name)} have no inputs", "give at least two per class")
    labelled = None if unlabelled else _labels(parts, counts, options.get("task"))
    weights = None if unlabelled else _weights(parts, counts)
    inputs = read_inputs(values, WHERE, options, progress)
    task, labels, notes = _no_task(sum(counts)) if labelled is None else _task(labelled, options)
    _refuse_lost_classes(task, labels, inputs)
    given = _given(parts, counts, inputs.rows)
    task.check_splits(labels[inputs.rows], given, inputs.examples.name)
    return Samples(
        WHERE,
        task,
        inputs.examples,
        labels[inputs.rows],
        inputs.digests,
        given,
        set_aside=inputs.set_aside,
        weights=None if weights is None else weights[inputs.rows],
        notes=(*inputs.notes, *notes),
    )


def _for_task(parts: Mapping[str, Part], kind: str | None) -> Mapping[str, Part]:
    """Return the parts with inputs and labels in the form of a task whose outputs are not vectors."""
    from tlzoo.tasks import task_named

    task = None if kind is None else task_named(kind)
    if task is None or task.output_form == "vector":
        return parts
    found = {}
    for name, part in parts.items():
        x, y = task.of_memory(part.x, part.y, where(name))
        found[name] = replace(part, x=x, y=y)
    return found


def _count(values: Any) -> int:
    shape = getattr(values, "shape", None)
    if shape is not None and not len(shape):
        raise DataError(f"{WHERE}: x is a single value, {values!r:.40}", "give an array or a list of inputs")
    if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
        what = "a single string" if isinstance(values, str) else f"a single {type(values).__name__}"
        raise UsageError(f"{WHERE}: x is {what}: {values!r:.40}", "give a list of inputs")
    return len(values)


def _labels(
    parts: Mapping[str, Part], counts: Sequence[int], kind: str | None
) -> dict[str, tuple[Rows, tuple[str, ...]]]:
    from tlzoo.tasks import task_named

    read = label_arrays if kind is not None and task_named(kind).output_form != "vector" else label_rows
    return {name: read(part.y, count, where(name)) for (name, part), count in zip(parts.items(), counts, strict=True)}


def _task(
    labelled: Mapping[str, tuple[Rows, tuple[str, ...]]], options: Mapping[str, str]
) -> tuple[Task, Labels, tuple[str, ...]]:
    """Return the task, the labels of all parts, and notes."""
    rows, names = _aligned(labelled)
    content: dict[str, Rows] = {}
    for key in ("classes", "targets"):
        if key in options:
            content[key] = np.array(options[key].split(","))
    kind = options.get("task")
    if names:
        content.setdefault("classes", np.array(names))
        kind = kind or "multi-label"
    task, labels = read_labels(rows, content, kind, WHERE)
    told = not kind and all(is_one_hot(each) for each in rows.values())
    note = "every row of labels has a single 1: the task is classification; task='multi-label' makes it multi-label"
    return task, labels, (note,) if told else ()


def _no_task(count: int) -> tuple[Task, Labels, tuple[str, ...]]:
    return UNLABELLED, np.zeros(count, np.int64), ()


def _aligned(labelled: Mapping[str, tuple[Rows, tuple[str, ...]]]) -> tuple[dict[str, Rows], tuple[str, ...]]:
    """Return the rows of all parts, and the names of their columns where labels are lists of names."""
    names = tuple(sorted({each for _, own in labelled.values() for each in own}))
    if not names:
        return {_key(name): rows for name, (rows, _) in labelled.items()}, ()
    aligned = {}
    for name, (rows, own) in labelled.items():
        table = np.zeros((len(rows), len(names)), np.float32)
        if not own:
            raise DataError(
                f"{where(name)}: labels are not lists of names, unlike those of other splits", "use one kind of label"
            )
        table[:, [names.index(each) for each in own]] = rows
        aligned[_key(name)] = table
    return aligned, names


def _key(split: str) -> str:
    return f"y of {split}" if split else "y"


def _weights(parts: Mapping[str, Part], counts: Sequence[int]) -> Any:
    if all(part.weights is None for part in parts.values()):
        return None
    found = [
        np.ones(count, np.float32) if part.weights is None else weight_values(part.weights, count, where(name))
        for (name, part), count in zip(parts.items(), counts, strict=True)
    ]
    return read_weights(np.concatenate(found), sum(counts), WHERE)


def _given(parts: Mapping[str, Part], counts: Sequence[int], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the declared splits as positions among the inputs that can be read."""
    edges = np.cumsum([0, *counts])
    return {
        name: np.flatnonzero((rows >= edges[at]) & (rows < edges[at + 1])).astype(np.int64)
        for at, name in enumerate(parts)
        if name
    }


def _refuse_lost_classes(task: Task, labels: Labels, inputs: Inputs) -> None:
    """Refuse data in which no input of a class can be read: the task must not change silently."""
    if not task.exclusive or len(inputs.rows) == len(labels):
        return
    before, after = Counter(labels.tolist()), Counter(labels[inputs.rows].tolist())
    if lost := sorted(before.keys() - after.keys()):
        first = inputs.set_aside[0]
        raise DataError(
            f"{WHERE}: no input of class {task.class_names[lost[0]]!r} can be read",
            f"remove the class; the first error: {first.name}: {first.reason}",
        )


def _bytes(parts: Mapping[str, Part]) -> int:
    """Return the approximate size of the inputs in bytes."""
    return sum(
        int(part.x.nbytes) if hasattr(part.x, "nbytes") else sum(map(_bytes_of, part.x)) for part in parts.values()
    )


def _bytes_of(value: Any) -> int:
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    if hasattr(value, "getbands"):  # PIL's
        return int(np.prod(value.size)) * len(value.getbands())
    return len(value) if isinstance(value, str | bytes) else _BYTES_A_VALUE
