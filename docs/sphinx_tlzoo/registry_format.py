"""The format of a ``registry.toml``, made from the dataclasses that define it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields

from sphinx.pycode import ModuleAnalyzer

from tlzoo.registry import entry, inputs, merging

from .fields import IN_WORDS
from .markdown import code, sentence, table, text

__all__ = ["registry_format"]

_TABLES = (
    ("The plugin", "at the top of a plugin's registry, or `[plugins.NAME]` in an index", merging.Provider),
    ("An entry", '`[entries."namespace/architecture.weights"]`', entry.Entry),
    ("A file", "`files.NAME`", entry.File),
    ("Input: images", '`input`, with `kind = "image"`', inputs.ImageInput),
    ("Input: texts", '`input`, with `kind = "text"`', inputs.TextInput),
    (
        "A declared input",
        "`[inputs.KIND]`, before the entries; entries then have `input.kind = KIND`",
        inputs.InputDeclaration,
    ),
    (
        "A field of a declared input",
        "`[inputs.KIND.fields]`: `NAME = { type = …, description = … }`",
        inputs.InputField,
    ),
    ("Features", "`features`", entry.Features),
    ("Training data", "`training`", entry.TrainingData),
    ("A reported figure", "`[[reported]]`", entry.Reported),
    ("Measured figures", "`measured`, written by `tlzoo bench --static`", entry.Measured),
)
_KEYS: Mapping[tuple[type, str], str | None] = {
    (inputs.InputDeclaration, "kind"): None,  # the name of its table
    (inputs.InputDeclaration, "source"): "data",
}
"""Keys in a file with another name than the field of the dataclass, or without a key."""


def registry_format() -> str:
    """Return a section for each table of a registry."""
    return "\n\n".join(_section(*each) for each in _TABLES)


def _section(title: str, place: str, made_of: type) -> str:
    rows = [
        (code(key), _type(each), _default(each), _meaning(made_of, each.name))
        for each in fields(made_of)
        if (key := _KEYS.get((made_of, each.name), each.name)) is not None
    ]
    summary = sentence(inspect.getdoc(made_of) or "")
    return f"## {title}\n\n{summary} In TOML: {place}.\n\n{table(('key', 'value', 'default', 'meaning'), rows)}"


def _type(field: Field[object]) -> str:
    annotation = str(field.type).replace(" | None", "")
    if literal := re.fullmatch(r"Literal\[(.*)\]", annotation):
        return ", ".join(code(each.strip().strip("\"'")) for each in literal[1].split(","))
    return IN_WORDS.get(annotation) or code(annotation)


def _default(field: Field[object]) -> str:
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    return "" if value in (None, (), {}, "") else code(str(value).lower() if isinstance(value, bool) else str(value))


def _meaning(made_of: type, name: str) -> str:
    """Return the text under a field in the source."""
    documented = ModuleAnalyzer.for_module(made_of.__module__).find_attr_docs()
    said = " ".join(documented.get((made_of.__name__, name), []))
    return text(said.strip())
