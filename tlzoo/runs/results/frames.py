"""Inputs from a pandas or polars data frame, in the columns of the run's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["inputs_from_frame", "is_frame"]

_ROLES = ("text", "image", "numbers")


def is_frame(given: Any) -> bool:
    """Return whether a value is a data frame or a Hugging Face data set: an in-memory table with named columns."""
    named = hasattr(given, "columns") or hasattr(given, "column_names")
    return named and hasattr(given, "shape") and hasattr(given, "__getitem__")


def inputs_from_frame(run: Run, frame: Any) -> list[Any]:
    """Return the inputs in a data frame: pairs if the run's data have two input columns.

    The columns are those named by ``text=``, ``image=`` or ``numbers=`` in the run's data, or else a column called
    ``text`` or ``image``, or the only column, or all columns for a run on rows of numbers. Numbers that accompany a
    text are appended to it, as in training. Raises UsageError if no column matches.
    """
    from tlzoo.data import parse_source

    columns = _columns(frame)
    options = parse_source(str(run.result.get("data", ""))).options
    role = next((each for each in _ROLES if each in options), None)
    names = _several(options[role], columns) if role else _likely(columns, numbers=_takes_rows(run))
    values = [_values(frame, name, columns) for name in names]
    if role == "text" and "numbers" in options:
        beside = _several(options["numbers"], columns)
        values[-1] = _with_numbers(values[-1], {name: _values(frame, name, columns) for name in beside})
    is_single = len(values) == 1 and role != "numbers" and not (role is None and _takes_rows(run))
    return values[0] if is_single else list(zip(*values, strict=True))


def _columns(frame: Any) -> list[str]:
    names = frame.column_names if hasattr(frame, "column_names") else frame.columns
    return [str(each) for each in names]


def _several(value: str, columns: list[str]) -> list[str]:
    """Take ``a+b`` or ``a,b`` apart as ``table:`` does, unless that is a column's own name."""
    return [value] if value in columns else [each.strip() for each in value.replace(",", "+").split("+")]


def _takes_rows(run: Run) -> bool:
    """Return whether the run's inputs are rows of numbers of one length, as its journal says."""
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.runs.files.journal import Journal

    shape = (Journal(RunFolder.find(run.path).journal).find("data") or {}).get("input_shape") or ()
    return len(shape) == 1


def _likely(columns: list[str], *, numbers: bool) -> list[str]:
    named = [str(each) for each in ("text", "image") if each in columns]
    if numbers or (not named and len(columns) == 1):
        return columns
    if len(named) == 1:
        return named
    raise UsageError(
        f"cannot tell which column of the data frame has the inputs: {', '.join(columns)}",
        "give one column: frame['text']",
    )


def _values(frame: Any, name: str, columns: list[str]) -> list[Any]:
    if name not in columns:
        raise UsageError(f"the data frame has no column {name!r}", did_you_mean(name, columns, valid="columns"))
    column = frame[name]
    return list(column.to_list() if hasattr(column, "to_list") else column)


def _with_numbers(texts: list[Any], numbers: Mapping[str, list[Any]]) -> list[str]:
    """Return texts with numbers behind them."""
    from tlzoo.data.adapters.tables.inputs import numbers_in_words

    rows = zip(*numbers.values(), strict=True)
    return [
        f"{text}{' ' * bool(text)}{numbers_in_words(zip(numbers, row, strict=True))}"
        for text, row in zip(texts, rows, strict=True)
    ]
