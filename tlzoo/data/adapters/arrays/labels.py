"""Labels in a NumPy archive: which task they are of, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tlzoo.data.missing import is_missing
from tlzoo.data.tasks import Classification, MultiLabel, Regression
from tlzoo.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data.contract import Array, Weights
    from tlzoo.data.tasks import Labels, Task

__all__ = ["is_one_hot", "read_labels", "read_weights"]

AnyArray: TypeAlias = "np.ndarray[Any, Any]"

_TASKS = (Classification.kind, MultiLabel.kind, Regression.kind)
_ROWS = 2


def read_labels(
    parts: Mapping[str, AnyArray], content: Mapping[str, AnyArray], kind: str | None, location: str
) -> tuple[Task, Labels]:
    """Return the task, and the labels of all parts as it has them.

    ``kind`` is the task that was asked for, None to tell it by the labels. Raises DataError for labels of no task,
    UsageError for an unknown one.
    """
    if kind is not None and kind not in _TASKS:
        raise UsageError(f"no task {kind!r}", did_you_mean(kind, _TASKS, valid="tasks"))
    widths = {labels.shape[1:] for labels in parts.values()}
    for key, labels in parts.items():
        if not 1 <= labels.ndim <= _ROWS or len(widths) > 1:
            fix = "give one label an image, or a row of 0 and 1, or of numbers"
            raise DataError(f"{location}: {key!r} has the shape {labels.shape}", fix)
    key, labels = next(iter(parts)), np.concatenate(list(parts.values()))
    rows = labels if labels.ndim == _ROWS else labels[:, np.newaxis]
    match kind or _kind(rows, key, location):
        case "multi-label":
            names = _names(content.get("classes"), rows.shape[1], "class", location)
            if not np.isin(rows, (0, 1)).all():
                raise DataError(f"{location}: {key!r} holds other labels than 0 and 1", "give 1 where a class applies")
            return MultiLabel(names), rows.astype(np.float32)
        case "regression":
            names = _names(content.get("targets"), rows.shape[1], "target", location)
            if rows.dtype.kind not in "iufb":
                raise DataError(f"{location}: labels are of type {rows.dtype}", "give numbers")
            return Regression(names), rows.astype(np.float32)
    if rows.shape[1] > 1:
        if not is_one_hot(rows):
            raise DataError(f"{location}: {key!r} has the shape {labels.shape}", "give one label an image")
        names = _names(content.get("classes"), rows.shape[1], "class", location)
        return Classification(names), rows.argmax(axis=1).astype(np.int64)
    positions, classes = _as_positions(_as_classes(rows[:, 0], location), content.get("classes"), location)
    return Classification(classes), positions


def is_one_hot(rows: AnyArray) -> bool:
    """Return whether labels (N, K) are 0 and 1, of two classes or more, with a single 1 in every row."""
    if rows.ndim != _ROWS or rows.shape[1] < 2 or rows.dtype.kind not in "iufb":  # noqa: PLR2004
        return False
    return bool(np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all())


def read_weights(weights: AnyArray | None, count: int, location: str) -> Weights | None:
    """Return the weights of the samples, if there are any; raise DataError for what is none."""
    if weights is None:
        return None
    if weights.shape not in {(count,), (count, 1)} or weights.dtype.kind not in "iufb":
        found = f"{weights.dtype} {weights.shape}"
        raise DataError(f"{location}: 'weights' are {found}", f"give a number for each of the {count} images")
    return weights.reshape(-1).astype(np.float32)


def _kind(rows: AnyArray, key: str, location: str) -> str:
    """Tell the task by labels (N, K)."""
    if rows.shape[1] == 1:
        fractions = rows.dtype.kind == "f" and not (rows == np.rint(rows)).all()
        return Regression.kind if fractions else Classification.kind
    if rows.dtype.kind in "iufb" and np.isin(rows, (0, 1)).all():
        return Classification.kind if is_one_hot(rows) else MultiLabel.kind
    if rows.dtype.kind == "f":
        return Regression.kind
    fix = "give one label an image, rows of 0 and 1, or say '?task=regression'"
    raise DataError(f"{location}: {key!r} has the shape {rows.shape}", fix)


def _names(names: AnyArray | None, count: int, what: str, location: str) -> tuple[str, ...]:
    if names is None:
        return (what,) if count == 1 else tuple(f"{what} {number}" for number in range(1, count + 1))
    own = tuple(str(name) for name in names.reshape(-1))
    if len(own) != count or len(set(own)) != count:
        raise DataError(f"{location}: {len(set(own))} different names for {count} columns of labels", "name each once")
    return own


def _as_classes(labels: AnyArray, location: str) -> AnyArray:
    if labels.dtype.kind == "f" and (labels == np.rint(labels)).all():
        return labels.astype(np.int64)
    if labels.dtype.kind not in "iubUS":
        raise DataError(f"{location}: labels are of type {labels.dtype}", "give integers or strings")
    named = np.char.decode(labels, "utf-8", "replace") if labels.dtype.kind == "S" else labels
    if named.dtype.kind == "U" and (blank := sum(is_missing(str(each)) for each in named)):
        raise DataError(f"{location}: blank labels: {blank}", "name them, or leave those images out")
    return named


def _as_positions(labels: AnyArray, names: AnyArray | None, location: str) -> tuple[Array, tuple[str, ...]]:
    if names is None:
        values, positions = np.unique(labels, return_inverse=True)
        return positions.astype(np.int64), tuple(str(value) for value in values)
    classes = tuple(str(name) for name in names.reshape(-1))
    if len(set(classes)) != len(classes):
        raise DataError(f"{location}: 'classes' has a name twice", "give every class a name of its own")
    if labels.dtype.kind == "U":
        if unknown := sorted(set(labels.tolist()) - set(classes)):
            raise DataError(f"{location}: label {unknown[0]!r} is not in 'classes'", did_you_mean(unknown[0], classes))
        place = {name: position for position, name in enumerate(classes)}
        return np.asarray([place[label] for label in labels.tolist()], np.int64), classes
    if not 0 <= labels.min() <= labels.max() < len(classes):
        found = f"labels reach from {labels.min()} to {labels.max()}, but 'classes' has {len(classes)} names"
        raise DataError(f"{location}: {found}", "integer labels are positions in 'classes', from 0")
    return labels.astype(np.int64), classes
