"""Inputs given as a frame of pandas or polars: in the columns that the run's own data has them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["inputs_from_frame", "is_frame"]

_ROLES = ("text", "image")
_NUMBERS = "numbers"


def is_frame(given: Any) -> bool:
    """Return whether a value is a frame: a table in memory with named columns."""
    return hasattr(given, "columns") and hasattr(given, "shape") and hasattr(given, "__getitem__")


def inputs_from_frame(run: Run, frame: Any) -> list[Any]:
    """Return the inputs in a frame: pairs where the run's data has them in two columns.

    The columns are those that ``text=`` or ``image=`` of the run's data names; else one called ``text`` or ``image``,
    or the only one. Raises UsageError where none fits.
    """
    from tlzoo.data import parse_source

    columns = [str(each) for each in frame.columns]
    options = parse_source(str(run.result.get("data", ""))).options
    role = next((each for each in (*_ROLES, _NUMBERS) if each in options), None)
    names = [each.strip() for each in options[role].split(",")] if role else _likely(columns)
    for name in names:
        if name not in columns:
            raise UsageError(f"the frame has no column {name!r}", did_you_mean(name, columns, valid="columns"))
    values = [_values(frame, name) for name in names]
    return values[0] if len(values) == 1 else list(zip(*values, strict=True))


def _likely(columns: list[str]) -> list[str]:
    named = [each for each in _ROLES if each in columns]
    if not named and len(columns) == 1:
        return columns
    if len(named) == 1:
        return named
    raise UsageError(
        f"a frame with the columns {', '.join(columns)} does not say which are the inputs",
        "give one column: frame['text']",
    )


def _values(frame: Any, name: str) -> list[Any]:
    column = frame[name]
    return list(column.to_list() if hasattr(column, "to_list") else column)
