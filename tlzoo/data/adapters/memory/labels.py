"""Labels and weights in memory as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.adapters.tables.values import CellError, NameSets
from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tlzoo.tasks.label_rows import Rows

__all__ = ["label_arrays", "label_rows", "weight_values"]

_FIX = "give one label per input: an integer, a string, or a row of 0 and 1, or of numbers"


def label_rows(given: Any, count: int, where: str) -> tuple[Rows, tuple[str, ...]]:
    """Return labels as an array (N,) or (N, K) of numbers or strings, and the names of its columns if labels are lists.

    ``given`` is an array, a tensor, a column of a frame, or a list of numbers, strings, rows, or lists of names.
    Raises DataError for labels that are missing, of several kinds, or not as many as the ``count`` inputs.
    """
    if isinstance(given, str | bytes):
        raise DataError(f"{where}: the labels are a single string, {given!r:.40}", _FIX)
    if hasattr(given, "isna"):  # pandas has several values for a missing cell
        _refuse_missing(int(np.asarray(given.isna()).sum()), count, where)
    values = given.to_numpy() if hasattr(given, "to_numpy") else given
    values = list(values) if isinstance(values, Sequence | set | frozenset) else values
    if isinstance(values, list | tuple) and any(_is_names(each) for each in values):
        rows, names = _name_sets(values, where)
    else:
        rows, names = _plain(values, where), ()
    if rows.ndim == 0:
        raise DataError(f"{where}: the labels are a single value, {rows!r:.40}", _FIX)
    if len(rows) != count:
        raise DataError(f"{where}: {count} inputs and {len(rows)} labels", "give one label per input")
    if rows.dtype.kind == "f" and not np.isfinite(rows).all():
        wrong = int((~np.isfinite(rows)).reshape(count, -1).any(axis=1).sum())
        raise DataError(f"{where}: {wrong} of {count} labels are NaN or infinite", "remove those samples")
    return rows, names


def label_arrays(given: Any, count: int, where: str) -> tuple[Rows, tuple[str, ...]]:
    """Return labels that are arrays, such as masks or boxes: one array (N, …), or (N,) of arrays of several shapes.

    ``given`` is an array, or a list of arrays, lists or PIL images. Raises DataError unless there is one per input.
    """
    try:
        arrays = [np.asarray(each) for each in given]
    except ValueError as error:  # rows of different lengths
        raise DataError(f"{where}: a label has rows of different lengths", "give one array per input") from error
    if len(arrays) != count:
        raise DataError(f"{where}: {count} inputs and {len(arrays)} labels", "give one array per input")
    if len({each.shape for each in arrays}) == 1:
        return np.stack(arrays), ()
    rows = np.empty(count, object)
    rows[:] = arrays
    return rows, ()


def weight_values(given: Any, count: int, where: str) -> Rows:
    """Return weights as an array of any type. Raises DataError unless there is one per input."""
    values = np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given)
    if values.ndim == 0 or len(values) != count:
        found = "a single value" if values.ndim == 0 else len(values)
        raise DataError(f"{where}: {count} inputs and {found} weights", "give one weight per input")
    return values


def _is_names(label: Any) -> bool:
    """Return whether a label is a collection of names."""
    return isinstance(label, list | tuple | set | frozenset) and all(isinstance(each, str) for each in label)


def _name_sets(labels: Iterable[Any], where: str) -> tuple[Rows, tuple[str, ...]]:
    """Return labels as indicators, float32 (N, K), and the sorted names."""
    sets = NameSets(",")
    for at, label in enumerate(labels):
        if not _is_names(label):
            raise DataError(
                f"{where}: label {at} is {label!r:.40}, but others are lists of names", "use one kind of label"
            )
        try:
            sets.append(sorted(label) if isinstance(label, set | frozenset) else list(label))
        except CellError as error:
            raise DataError(f"{where}: label {at}: {error}", _FIX) from error
    order = sorted(range(len(sets.names)), key=sets.names.__getitem__)
    if not order:
        raise DataError(f"{where}: no sample has a label", "add labels")
    return sets.table()[:, order], tuple(sets.names[at] for at in order)


def _plain(values: Any, where: str) -> Rows:
    try:
        rows = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise DataError(f"{where}: the labels have rows of different lengths", _FIX) from error
    if rows.dtype.kind in "OTV":
        rows = _unboxed(rows, where)
    elif isinstance(values, list | tuple) and rows.dtype.kind == "U" and rows.ndim == 1:
        _refuse_missing(sum(isinstance(each, float) and is_missing(each) for each in values), len(values), where)
        _refuse_mixed(values, where)
    return rows


def _unboxed(rows: Rows, where: str) -> Rows:
    """Return an array of Python objects as one of strings or numbers."""
    cells = rows.ravel().tolist()
    _refuse_missing(sum(map(is_missing, cells)), len(rows), where)
    _refuse_mixed(cells, where)
    if isinstance(cells[0], str | bytes | bool | int | float | np.generic):
        return np.array(cells).reshape(rows.shape)
    raise DataError(f"{where}: labels are objects of type {type(cells[0]).__name__}", _FIX)


def _refuse_missing(missing: int, count: int, where: str) -> None:
    if missing:
        raise DataError(f"{where}: {missing} of {count} labels are missing", "remove those samples")


def _refuse_mixed(cells: Iterable[Any], where: str) -> None:
    kinds = sorted({"text" if isinstance(each, str | bytes) else "number" for each in cells})
    if len(kinds) > 1:
        raise DataError(f"{where}: some labels are strings, others are numbers", "use one kind of label")
