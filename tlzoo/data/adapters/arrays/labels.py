"""Task, labels and class names of a NumPy archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError
from tlzoo.tasks import Classification, MultiLabel, Regression, task_named
from tlzoo.tasks.label_rows import is_one_hot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data.contract import Weights
    from tlzoo.tasks import Labels, OutputForm, Task
    from tlzoo.tasks.label_rows import Rows

__all__ = ["is_one_hot", "read_labels", "read_weights"]

_ROWS = 2
_EXPECTED: Mapping[OutputForm, tuple[int, str]] = {
    "map": (3, "maps of class indices, (N, height, width)"),
    "boxes": (3, "boxes, (N, boxes, columns)"),
    "sequence": (2, "class indices, (N, positions)"),
}


def read_labels(
    parts: Mapping[str, Rows], content: Mapping[str, Rows], kind: str | None, location: str
) -> tuple[Task, Labels]:
    """Return the task, and the labels of all parts in its form.

    ``kind`` is the requested task; None infers it from the labels. Raises DataError for labels of no task,
    UsageError for an unknown one.
    """
    asked = None if kind is None else task_named(kind)
    if asked is not None and asked.output_form != "vector":
        return asked.read(_arrays(parts, location, asked.output_form), content.get(asked.names_key), location)
    widths = {labels.shape[1:] for labels in parts.values()}
    for key, labels in parts.items():
        if not 1 <= labels.ndim <= _ROWS or len(widths) > 1:
            fix = "give one label per image, or a row of 0 and 1, or of numbers"
            raise DataError(f"{location}: {key!r} has the shape {labels.shape}", fix)
    key, labels = next(iter(parts)), np.concatenate(list(parts.values()))
    rows = labels if labels.ndim == _ROWS else labels[:, np.newaxis]
    _refuse_blanks(rows, location)
    task = asked or _task_of(rows, key, location)
    return task.read(rows, content.get(task.names_key), location)


def read_weights(weights: Rows | None, count: int, location: str) -> Weights | None:
    """Return the sample weights, if any. Raises DataError for invalid ones."""
    if weights is None:
        return None
    if weights.shape not in {(count,), (count, 1)} or weights.dtype.kind not in "iufb":
        found = f"{weights.dtype} {weights.shape}"
        raise DataError(f"{location}: 'weights' are {found}", f"give one number for each of the {count} images")
    return weights.reshape(-1).astype(np.float32)


def _task_of(rows: Rows, key: str, location: str) -> type[Task]:
    """Infer the task from labels (N, K)."""
    if rows.shape[1] == 1:
        fractions = rows.dtype.kind == "f" and not (rows == np.rint(rows)).all()
        return Regression if fractions else Classification
    if rows.dtype.kind in "iufb" and np.isin(rows, (0, 1)).all():
        return Classification if is_one_hot(rows) else MultiLabel
    if rows.dtype.kind == "f":
        return Regression
    fix = "give one label per image or rows of 0 and 1, or use '?task=regression'"
    raise DataError(f"{location}: {key!r} has the shape {rows.shape}", fix)


def _arrays(parts: Mapping[str, Rows], location: str, form: OutputForm) -> Rows:
    """Return the label maps or boxes (N, …) of all parts, or an array of objects if their shapes differ."""
    rank, expected = _EXPECTED[form]
    for key, arrays in parts.items():
        if arrays.ndim != rank and arrays.dtype != object:
            found = f"{key!r} has the shape {arrays.shape}"
            raise DataError(f"{location}: {found}", f"give {expected}")
    if len({arrays.shape[1:] for arrays in parts.values()}) == 1:
        return np.concatenate(list(parts.values()))
    every = [each for arrays in parts.values() for each in arrays]
    several = np.empty(len(every), object)
    several[:] = every
    return several


def _refuse_blanks(rows: Rows, location: str) -> None:
    if rows.dtype.kind not in "US":
        return
    words = np.char.decode(rows, "utf-8", "replace") if rows.dtype.kind == "S" else rows
    if blank := sum(is_missing(str(each)) for each in words.ravel()):
        raise DataError(f"{location}: blank labels: {blank}", "name them, or remove those images")
