"""Read declarations from the tables ``[inputs.KIND]`` of a registry, and report all errors in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from tlzoo.errors import did_you_mean

from . import CORE_INPUTS
from .contract import FieldType
from .declaration import PLACEHOLDER, SINGLE, DeclaredInput, InputDeclaration, InputField, is_of

__all__ = ["MODALITY_NAME", "declaration_from", "declarations"]

MODALITY_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_FORM = re.compile(r",?(\.[0-6])?[dfg%]?")
_LONGEST = 200
_MOST_FIELDS = 32
_MOST_CHOICES = 100
_KEYS = ("plugin", "modality", "shown", "details", "data", "fields")
_FIELD_KEYS = ("type", "description", "optional", "default", "minimum", "maximum", "one_of", "length")
_TYPES: tuple[str, ...] = get_args(FieldType)
_CORE_MODALITIES = {each.MODALITY: kind for kind, each in CORE_INPUTS.items()}
_RESERVED = frozenset(each for each in dir(DeclaredInput) if not each.startswith("_"))


def declarations(document: Mapping[str, Any], plugin: str | None, problems: list[str]) -> list[InputDeclaration]:
    """Return the declarations of a parsed registry; add errors to ``problems``.

    ``plugin``, the only plugin of the file, declares those that do not name a plugin.
    """
    tables = document.get("inputs", {})
    if not isinstance(tables, Mapping):
        problems.append("inputs: give each its own table, [inputs.KIND]")
        return []
    found = []
    for kind, table in tables.items():
        wrong = list(_problems(kind, table, plugin))
        problems += wrong
        if not wrong:
            found.append(declaration_from(kind, {"plugin": plugin, **table}))
    return found


def declaration_from(kind: str, table: Mapping[str, Any]) -> InputDeclaration:
    """Return the declaration of a validated table."""
    return InputDeclaration(
        kind=kind,
        modality=table["modality"],
        shown=table["shown"],
        fields=tuple((name, _field_from(each)) for name, each in table["fields"].items()),
        details=table.get("details", ""),
        source=table.get("data"),
        plugin=table["plugin"],
    )


def _field_from(table: Mapping[str, Any]) -> InputField:
    values = {**table, "one_of": tuple(table.get("one_of", ()))}
    default = values.pop("default", None)
    made = InputField(**values)
    if default is None:
        return made
    return InputField(**values, default=made.read(default))


def _problems(kind: str, table: Any, plugin: str | None) -> Iterator[str]:
    where = f"inputs.{kind}"
    if not _KIND.fullmatch(kind):
        yield f"inputs: {kind!r:.80} must consist of lowercase letters, digits and hyphens"
    elif kind in CORE_INPUTS:
        yield f"{where}: tlzoo itself has an input contract of this name"
    elif not isinstance(table, Mapping):
        yield f"{where} is not a table"
    else:
        yield from _head_problems(where, table, plugin)
        yield from _table_problems(where, table)


def _head_problems(where: str, table: Mapping[str, Any], plugin: str | None) -> Iterator[str]:
    """Yield errors outside the fields."""
    yield from (f"{where}.{name}: no such key; {did_you_mean(name, _KEYS)}" for name in table if name not in _KEYS)
    if plugin is None and "plugin" not in table:
        yield f"{where}.plugin is missing: give the distribution that declares it"
    if not isinstance(modality := table.get("modality"), str) or not MODALITY_NAME.fullmatch(modality):
        yield f"{where}.modality: use lowercase letters, digits and hyphens (received {modality!r:.80})"
    elif modality in _CORE_MODALITIES:
        kind = _CORE_MODALITIES[modality]
        yield f"{where}.modality: entries of the modality {modality!r} take inputs of the kind {kind!r}; choose another"
    if "shown" not in table:
        yield f"{where}.shown is missing: give a short text for the contract, such as '{{sample_rate}} Hz'"
    for name in ("plugin", "shown", "details", "data"):
        yield from _text_problems(f"{where}.{name}", table.get(name, ""))


def _table_problems(where: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield errors in the fields and in the texts that display them."""
    fields = table.get("fields")
    if not isinstance(fields, Mapping) or not fields or len(fields) > _MOST_FIELDS:
        yield f"{where}.fields: give 1 to {_MOST_FIELDS} fields, each a table (received {fields!r:.80})"
        return
    wrong = [each for name, one in fields.items() for each in _field_problems(f"{where}.fields", name, one)]
    yield from wrong
    for name in () if wrong else ("shown", "details"):
        yield from _form_problems(f"{where}.{name}", table.get(name, ""), fields)


def _text_problems(where: str, text: Any) -> Iterator[str]:
    if not isinstance(text, str) or len(text) > _LONGEST or not text.isprintable():
        yield f"{where}: use one line of up to {_LONGEST} printable characters (received {text!r:.80})"


def _form_problems(where: str, text: Any, fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield errors in the placeholders of a text."""
    if not isinstance(text, str):
        return
    for place in PLACEHOLDER.findall(text):
        name, _, form = place.partition(":")
        if name not in fields:
            yield f"{where}: no field {name!r:.40}; {did_you_mean(name, list(fields))}"
        elif form and (not _FORM.fullmatch(form) or fields[name]["type"] not in {"integer", "number"}):
            yield f"{where}: {form!r:.20} is not a valid format for {name}; numbers have formats such as g, .1f or ,"
        elif form.endswith("d") and (fields[name]["type"] == "number" or "." in form):
            yield f"{where}: {form!r:.20} is not a valid format for {name}; d is only for whole numbers"
        elif "." in form and form[-1].isdigit() and fields[name]["type"] == "integer":
            yield f"{where}: {form!r:.20} is not a valid format for {name}; use {form + 'g'!r:.20} for an integer"
    if set("{}") & set(PLACEHOLDER.sub("", text)):
        yield f"{where}: a brace is not closed; use {{field}} (received {text!r:.80})"


def _field_problems(where: str, name: str, table: Any) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{where}: {name!r:.80} must consist of lowercase letters, digits and underscores"
        return
    where = f"{where}.{name}"
    if name in _RESERVED:
        yield f"{where}: the name is reserved; rename the field"
    if not isinstance(table, Mapping):
        yield f'{where}: use a table such as {{ type = "integer", description = "…" }} (received {table!r:.80})'
        return
    yield from (
        f"{where}.{key}: no such key; {did_you_mean(key, _FIELD_KEYS)}" for key in table if key not in _FIELD_KEYS
    )
    if table.get("type") not in _TYPES:
        yield f"{where}.type: valid types: {', '.join(_TYPES)} (received {table.get('type')!r:.80})"
        return
    if not table.get("description"):
        yield f"{where}.description is missing: give one line for readers of an entry"
    yield from _text_problems(f"{where}.description", table.get("description", ""))
    wrong = list(_limit_problems(where, table))
    yield from wrong
    if not wrong and set(table) <= set(_FIELD_KEYS) and "default" in table:
        try:
            _field_from({"description": "", **table})
        except ValueError as error:
            yield f"{where}.default: must be {error} (received {table['default']!r:.80})"


def _limit_problems(where: str, table: Mapping[str, Any]) -> Iterator[str]:
    type_: FieldType = table["type"]
    single = SINGLE.get(type_, type_)
    if not isinstance(table.get("optional", False), bool):
        yield f"{where}.optional: must be true or false (received {table['optional']!r:.80})"
    for key in {"minimum", "maximum"} & table.keys():
        value = table[key]
        if single not in {"integer", "number"} or not (is_of("integer", value) or is_of("number", value)):
            yield f"{where}.{key}: {key} must be a number, and is only for numbers (received {value!r:.80})"
    length = table.get("length", 1)
    if "length" in table and (type_ not in SINGLE or not is_of("integer", length) or not 0 < length <= _MOST_CHOICES):
        yield f"{where}.length: length must be 1 to {_MOST_CHOICES}, and is only for lists (received {length!r:.80})"
    choices = table.get("one_of", [])
    if (
        not isinstance(choices, list)
        or len(choices) > _MOST_CHOICES
        or not all(is_of(single, each) or (single == "number" and is_of("integer", each)) for each in choices)
    ):
        yield f"{where}.one_of: give a list of up to {_MOST_CHOICES} values of type {single} (received {choices!r:.80})"
