"""Errors of a recipe's values, in the words of someone who writes TOML."""

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
    "model_type": "should be a name, or a table with a name and options",
    "tuple_type": "should be a list, such as [1, 2]",
    "list_type": "should be a list, such as [1, 2]",
    "dict_type": "should be a table",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "float_parsing": "should be a number",
    "bool_parsing": "should be true or false",
    "string_type": "should be a text, in quotes",
}


def explain_error(error: ValidationError, fields: Mapping[str, FieldInfo], path: Path | None) -> str:
    """Return the first error of a recipe with these fields in one line; ``path`` is its file, if it has one."""
    errors = error.errors()
    # A misspelt field comes first: it may be why another one is missing.
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    field = ".".join(str(part) for part in first["loc"])
    where = f"{path}: " if path else ""
    if first["type"] == "extra_forbidden":
        return f"{where}no field {field!r} in a recipe; {did_you_mean(field, fields)}"
    if first["type"] == "missing":
        if field not in fields:
            return f"{where}{str(first['loc'][0])!r} in a recipe needs {'.'.join(map(str, first['loc'][1:]))!r}"
        return f"{where}a recipe needs {field!r} ({fields[field].description}); give it there or as --{field}"
    return f"{where}{field + ': ' if field else ''}{explain_value(first)}"


def explain_value(error: ErrorDetails) -> str:
    """Say what is wrong with one value, in a TOML writer's words, and what it was."""
    kind = str(error["type"])
    if kind == "duration" or (kind == "value_error" and not error["loc"]):
        return str(error["msg"]).removeprefix("Value error, ")
    message = _IN_TOML.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return f"{message} (received {error['input']!r})"
