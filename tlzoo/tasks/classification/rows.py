"""Classes of label rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError, did_you_mean
from tlzoo.natural_order import natural
from tlzoo.tasks.label_rows import column_names, is_one_hot

if TYPE_CHECKING:
    from tlzoo.tasks.contract import Positions
    from tlzoo.tasks.label_rows import Rows

__all__ = ["read_classes"]


def read_classes(rows: Rows, names: Rows | None, where: str) -> tuple[tuple[str, ...], Positions]:
    """Return classes, and class indices of rows (N, 1), integers or strings, or (N, K) with a single 1 in each.

    Raises:
        DataError: For other rows, and for labels not in ``names``.
    """
    if rows.shape[1] == 1:
        return _classes_of(_as_classes(rows[:, 0], where), names, where)
    if not is_one_hot(rows):
        raise DataError(
            f"{where}: labels have the shape {rows.shape}", "give one label per sample, or a single 1 per row"
        )
    return column_names(names, rows.shape[1], "class", where), rows.argmax(axis=1).astype(np.int64)


def _as_classes(labels: Rows, where: str) -> Rows:
    if labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
        return labels.astype(np.int64)
    if labels.dtype.kind not in "iubUS":
        raise DataError(f"{where}: labels are of type {labels.dtype}", "give integers or strings")
    return np.char.decode(labels, "utf-8", "replace") if labels.dtype.kind == "S" else labels


def _classes_of(labels: Rows, names: Rows | None, where: str) -> tuple[tuple[str, ...], Positions]:
    if names is None:
        values, positions = np.unique(labels, return_inverse=True)
        if labels.dtype.kind != "U":
            words = (str(value) for value in values)
            named = tuple(each.lower() if labels.dtype.kind == "b" else each for each in words)  # true, as in tables
            return named, positions.astype(np.int64)
        order = sorted(range(len(values)), key=lambda at: natural(str(values[at])))  # as folders and tables sort them
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return tuple(str(values[at]) for at in order), rank[positions]
    classes = tuple(str(name) for name in names.reshape(-1))
    if len(set(classes)) != len(classes):
        raise DataError(f"{where}: 'classes' repeats a name", "give every class its own name")
    if labels.dtype.kind == "U":
        if unknown := sorted(set(labels.tolist()) - set(classes)):
            raise DataError(f"{where}: label {unknown[0]!r} is not in 'classes'", did_you_mean(unknown[0], classes))
        place = {name: position for position, name in enumerate(classes)}
        return classes, np.asarray([place[label] for label in labels.tolist()], np.int64)
    if not 0 <= labels.min() <= labels.max() < len(classes):
        found = f"labels are {labels.min()} to {labels.max()}, but 'classes' has {len(classes)} names"
        raise DataError(f"{where}: {found}", "integer labels are indices into 'classes', from 0")
    return classes, labels.astype(np.int64)
