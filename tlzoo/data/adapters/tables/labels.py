"""Task, labels, splits and groups of gathered columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.adapters.tables.values import Categories, NameSets
from tlzoo.data.contract import SPLITS, Array
from tlzoo.data.splitting.split_names import SPLIT_NAMES, split_of
from tlzoo.errors import DataError, did_you_mean
from tlzoo.natural_order import natural
from tlzoo.tasks import Classification, Labels, MultiLabel, Regression, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.data.adapters.tables.reader import Content


def labelled(
    content: Content, source: str, asked: type[Task] | None = None, classes: Sequence[str] = ()
) -> tuple[Task, Labels]:
    """Return the task and the labels of all rows. Classes are sorted naturally, targets are in the given order.

    ``asked`` is the requested task; ``classes`` is the class order of a single column. Columns of 0 and 1
    with a single 1 in every row are one class of several, unless ``asked`` is another task. Raises DataError if a
    task of one class per row has a row with another number of classes, and for a label that is not in ``classes``.
    """
    if content.targets:
        rows = np.stack([each.values.astype(np.float32) for each in content.targets.values()], axis=1)
        return (asked or Regression).read(rows, np.array(list(content.targets)), source)
    if content.flags:
        rows = np.stack([each.values for each in content.flags.values()], axis=1)
        ones, found = rows.sum(axis=1), Classification if is_one_hot(content) else MultiLabel
        task = asked or found
        if task.exclusive and (ones != 1).any():
            row = int(np.flatnonzero(ones != 1)[0])
            where = f"line {content.lines[row]} has {int(ones[row])} of its classes"
            raise DataError(f"{source}: {where}", "give each row a single 1, or use task=multi-label")
        return task.read(rows, np.array(list(content.flags)), source)
    if isinstance(content.labels, NameSets):
        order = _natural_order(content.labels.names)
        if not order:
            raise DataError(f"{source}: no row has a label", "name another column")
        names = tuple(content.labels.names[at] for at in order)
        return (asked or MultiLabel).of_names(names), content.labels.table()[:, order]
    assert content.labels is not None
    positions, names = _sorted_positions(content.labels)
    if classes:
        if unknown := [name for name in names if name not in classes]:
            raise DataError(f"{source}: label {unknown[0]!r} is not in classes=", did_you_mean(unknown[0], classes))
        positions = np.array([classes.index(name) for name in names], np.int64)[positions]
    return (asked or Classification).of_names(classes or names), positions


def is_one_hot(content: Content) -> bool:
    """Return whether the labels are columns of 0 and 1 with a single 1 in every row."""
    if not content.flags:
        return False
    return bool((np.stack([each.values for each in content.flags.values()]).sum(axis=0) == 1).all())


def declared_splits(splits: Categories, column: str, source: str, rows: Array) -> dict[str, Array]:
    """Return the positions in ``rows`` of each split. Raises DataError for an unknown name."""
    read = {name: split_of(name) for name in splits.names}
    for name, split in read.items():
        if split is None:
            fix = did_you_mean(name.lower(), SPLIT_NAMES, valid="splits")
            raise DataError(f"{source}: {name!r} in column {column!r} is not a split", fix)
    of_code = np.array([SPLITS.index(str(split)) for split in read.values()], np.int64)
    of_row: Any = of_code[splits.codes[rows]]
    return {name: np.flatnonzero(of_row == at) for at, name in enumerate(SPLITS) if (of_row == at).any()}


def _sorted_positions(names: Categories) -> tuple[Array, tuple[str, ...]]:
    """Return the index of each row's name, and the names sorted naturally."""
    order = _natural_order(names.names)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[names.codes], tuple(names.names[at] for at in order)


def _natural_order(names: Sequence[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda at: natural(names[at]))
