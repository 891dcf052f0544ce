"""The fields of a recipe and of a phase, made from the models."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from tlzoo.runs import Recipe
from tlzoo.runs.argument import literal_values
from tlzoo.strategies import Phase

from .markdown import code, table, text

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

__all__ = ["IN_WORDS", "phase_fields", "recipe_fields"]

IN_WORDS = {
    "Any": "value of the field's type",
    "Budget": "`Epochs(n)`, `Steps(n)` or `Share(x)`",
    "Features": "table",
    "FieldType": "`integer`, `number`, `text`, `flag`, `integers`, `numbers` or `texts`",
    "InputContract": "table",
    "Mapping[str, Any]": "table",
    "Mapping[str, File]": "table of files",
    "Mapping[str, str]": "table of texts",
    "Measured": "table",
    "Named": "name, or table with `name` and options",
    "Origin": "table",
    "PositiveInt": "whole number > 0",
    "Rates": "number, or pairs of selection and number",
    "TrainingData": "table",
    "bool": "true or false",
    "dict[str, str]": "table of texts",
    "float": "number",
    "int": "whole number",
    "str": "text",
    "str | KerasConfig": "text, or table of a [Keras object](../guides/keras-objects.md)",
    "tuple[Any, ...]": "array",
    "tuple[KerasConfig, ...]": "array of tables of [Keras objects](../guides/keras-objects.md)",
    "tuple[Reported, ...]": "array of tables",
    "tuple[float, ...]": "array of numbers",
    "tuple[float, float]": "array of two numbers",
    "tuple[int, ...]": "array of whole numbers",
    "tuple[int, int]": "array of two whole numbers",
    "tuple[str, ...]": "array of texts",
    "tuple[tuple[str, InputField], ...]": "table of fields",
}
"""Types as readers of TOML know them."""


def recipe_fields() -> str:
    """Return a table of the fields of ``Recipe``: name, values, default, meaning."""
    rows = [
        (code(name), _type(Recipe, name), _default(field), text(field.description or ""))
        for name, field in Recipe.model_fields.items()
    ]
    return table(("field", "value", "default", "meaning"), rows)


def phase_fields() -> str:
    """Return a table of the fields of ``Phase``: name, values, default, what each does."""
    rows = [
        (code(name), _type(Phase, name), _default(field), text(field.description or ""))
        for name, field in Phase.model_fields.items()
    ]
    return table(("field", "value", "default", "what it does"), rows)


def _type(model: type[BaseModel], name: str) -> str:
    """Return the values of a field: a list of words, or the annotation of the source without constraints."""
    if words := literal_values(model.model_fields[name]):
        return ", ".join(map(code, words))
    source = inspect.getsource(model)
    found = re.search(rf"^    {name}: (.*?) = |^    {name}: (.*)$", source, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    annotation = re.sub(r"\s+", " ", found[1] or found[2]).strip().replace(" | None", "")
    annotation = re.sub(r"SerializeAsAny\[(\w+)\]", r"\1", annotation)
    if match := re.fullmatch(r"Annotated\[\s*(.*), (?:Argument|Field)\(.*?\)\s*,?\s*\](.*)", annotation):
        annotation = f"{match[1]}{match[2]}".strip()
    return IN_WORDS.get(annotation) or code(annotation)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value == {}:
        return ""
    if isinstance(value, tuple):
        return code(", ".join(value))
    if hasattr(value, "amount"):
        return code(f"{type(value).__name__}({value.amount})")
    return code(str(getattr(value, "name", value)))
