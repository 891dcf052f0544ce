"""Errors in recipe values, worded for TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

__all__ = ["explain_error", "explain_value"]

_IN_TOML = {
    "model_type": "must be a name, or a table with a name and options",
    "tuple_type": "must be a list, such as [1, 2]",
    "list_type": "must be a list, such as [1, 2]",
    "dict_type": "must be a table",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "string_type": "must be a string in quotes",
}


def explain_error(error: ValidationError, fields: Mapping[str, FieldInfo], path: Path | None) -> str:
    """Return the first error of a recipe in one line; ``path`` is its file, if any."""
    errors = error.errors()
    # Misspelt fields come first: they may be the reason for a missing one.
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    field = ".".join(str(part) for part in first["loc"])
    where = f"{path}: " if path else ""
    if first["type"] == "extra_forbidden":
        return f"{where}a recipe has no field {field!r}; {did_you_mean(field, fields)}"
    if first["type"] == "missing":
        if field not in fields:
            return f"{where}{str(first['loc'][0])!r} in a recipe needs {'.'.join(map(str, first['loc'][1:]))!r}"
        return f"{where}{field!r} is missing ({fields[field].description}); add it to the recipe or use --{field}"
    return f"{where}{field + ': ' if field else ''}{explain_value(first)}"


def explain_value(error: ErrorDetails) -> str:
    """Return the error of one value in TOML terms, with the value."""
    kind = str(error["type"])
    if kind == "duration" or (kind == "value_error" and not error["loc"]):
        return str(error["msg"]).removeprefix("Value error, ")
    message = _IN_TOML.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return f"{message} (got {error['input']!r:.200})"
