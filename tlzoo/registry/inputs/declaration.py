"""Input contracts declared at the top of a registry: ``[inputs.waveform]``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, final

from tlzoo.errors import RegistryError, did_you_mean

from .contract import FieldType, InputContract, in_words

__all__ = ["DeclaredInput", "InputDeclaration", "InputField"]

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LONGEST_TEXT = 200
_LONGEST_LIST = 100
_MOST = 2**63
SINGLE: Mapping[FieldType, FieldType] = {"integers": "integer", "numbers": "number", "texts": "text"}
_WORDS: Mapping[FieldType, str] = {
    "integer": "an integer",
    "number": "a number",
    "text": "a text",
    "flag": "true or false",
}


@dataclass(frozen=True, slots=True)
class InputField:
    """A field of a declared input contract. Without ``default`` an entry must set it, unless it is ``optional``.

    ``minimum``, ``maximum`` and ``one_of`` apply to each element of a list, which has ``length`` elements if given.
    """

    type: FieldType
    """Type of the value. The plural is a list."""
    description: str
    """One line, shown in error messages."""
    optional: bool = False
    """Whether an entry may omit it; the value is then None."""
    default: Any = None
    """Value of entries that omit it."""
    minimum: float | None = None
    """Smallest valid number."""
    maximum: float | None = None
    """Largest valid number."""
    one_of: tuple[Any, ...] = ()
    """All valid values, if they are fixed."""
    length: int | None = None
    """Number of elements of a list, if it is fixed."""

    @property
    def required(self) -> bool:
        """Whether every entry must set it."""
        return self.default is None and not self.optional

    @property
    def valid(self) -> str:
        """Description of valid values."""
        single = SINGLE.get(self.type)
        if single is None:
            return _WORDS[self.type] + self._limits
        count = "" if self.length is None else f" of {self.length}"
        return f"a list{count}, each {_WORDS[single]}{self._limits}"

    @property
    def _limits(self) -> str:
        if self.one_of:
            return f": {', '.join(map(str, self.one_of))}"
        low = "" if self.minimum is None else f"at least {self.minimum:g}"
        high = "" if self.maximum is None else f"at most {self.maximum:g}"
        limits = " and ".join(each for each in (low, high) if each)
        return f" of {limits}" if limits else ""

    def read(self, value: Any) -> Any:
        """Return a value in the form of entries: lists as tuples, numbers as float; raise ValueError if invalid."""
        single = SINGLE.get(self.type)
        if single is None:
            return self._read_one(self.type, value)
        fits = isinstance(value, list | tuple) and len(value) <= _LONGEST_LIST
        if not fits or len(value) != (len(value) if self.length is None else self.length):
            raise ValueError(self.valid)
        return tuple(self._read_one(single, each) for each in value)

    def _read_one(self, type_: FieldType, value: Any) -> Any:
        if type_ == "number" and isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST:
            value = float(value)
        if not is_of(type_, value):
            raise ValueError(self.valid)
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if isinstance(value, float | int) and not isinstance(value, bool) and not low <= value <= high:
            raise ValueError(self.valid)
        if self.one_of and value not in self.one_of:
            raise ValueError(self.valid)
        return value


def is_of(type_: FieldType, value: Any) -> bool:
    match type_:
        case "flag":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST
        case "number":
            return isinstance(value, float) and math.isfinite(value)
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT and value.isprintable()


@dataclass(frozen=True, slots=True)
class InputDeclaration:
    """An input contract declared in a registry. Equal declarations are interchangeable."""

    kind: str
    modality: str
    """Modality of the entries with such inputs."""
    shown: str
    """Text for the column ``input`` of ``tlzoo list``, with placeholders ``{field}`` or ``{field:.1f}``."""
    fields: tuple[tuple[str, InputField], ...]
    """Fields that entries set in their ``input``, by name."""
    details: str = ""
    """More text for ``tlzoo show``, with the same placeholders."""
    source: str | None = None
    """Example data source, for the ``train`` line of ``tlzoo show``."""
    plugin: str = field(default="", compare=False)
    """Distribution that declares it. In a plugin's own registry, the plugin."""

    def field_problems(self, table: Mapping[str, Any]) -> Iterator[str]:
        """Yield errors in an entry's table of this kind."""
        known = dict(self.fields)
        for name, value in table.items():
            if name == "kind":
                continue
            if name not in known:
                yield f"input.{name}: no such key; {did_you_mean(name, ['kind', *known])}"
                continue
            try:
                known[name].read(value)
            except ValueError as error:
                yield f"input.{name}: {self.kind} takes {error} (received {value!r:.80})"
        for name, each in self.fields:
            if each.required and name not in table:
                yield f"input.{name} is missing: {each.valid}, {each.description}"

    def contract(self, table: Mapping[str, Any]) -> DeclaredInput:
        """Return the contract for a valid table."""
        values = ((name, each.read(table[name]) if name in table else each.default) for name, each in self.fields)
        return DeclaredInput(self, tuple(values))

    def plain(self) -> dict[str, Any]:
        """Return the table of a registry, without default values."""
        table: dict[str, Any] = {"plugin": self.plugin, "modality": self.modality, "shown": self.shown}
        table |= {"details": self.details} if self.details else {}
        table |= {"data": self.source} if self.source else {}
        return table | {"fields": {name: _plain_field(each) for name, each in self.fields}}

    def filled(self, text: str, values: Mapping[str, Any]) -> str:
        """Return a text with its placeholders filled in; unknown values become ``?``.

        It is limited in length, as it appears in a column of ``tlzoo list``.
        """
        filled = PLACEHOLDER.sub(lambda found: _filled(found[1], values), text)
        return filled if len(filled) <= _LONGEST_TEXT else f"{filled[: _LONGEST_TEXT - 1]}…"


def _plain_field(each: InputField) -> dict[str, Any]:
    table: dict[str, Any] = {"type": each.type}
    if each.optional:
        table["optional"] = True
    for name in ("default", "minimum", "maximum", "length"):
        value = getattr(each, name)
        if value is not None:
            table[name] = list(value) if isinstance(value, tuple) else value
    if each.one_of:
        table["one_of"] = list(each.one_of)
    return table | {"description": each.description}


def _filled(place: str, values: Mapping[str, Any]) -> str:
    name, _, form = place.partition(":")
    value = values.get(name)
    if value is None:
        return "?"
    return in_words(value) if not form else format(value, form)


@final
@dataclass(frozen=True, repr=False)
class DeclaredInput(InputContract):
    """A value of a declared contract: fields are attributes; fields that an entry does not set have their defaults."""

    __slots__ = ("declaration", "pairs")

    KIND: ClassVar = ""
    MODALITY: ClassVar = ""

    declaration: InputDeclaration
    pairs: tuple[tuple[str, Any], ...]

    def __getattr__(self, name: str) -> Any:
        """Return the value of a field."""
        if name != "pairs":  # missing while the object is being unpickled
            for key, value in self.pairs:
                if key == name:
                    return value
        raise AttributeError(f"an input of this kind has no field {name!r}")

    def __reduce__(self) -> tuple[type[DeclaredInput], tuple[Any, ...]]:
        """Pickle as a constructor call."""
        return DeclaredInput, (self.declaration, self.pairs)

    def __repr__(self) -> str:
        """Return, for example, ``DeclaredInput(kind='waveform', sample_rate=16000)``."""
        said = ", ".join(f"{name}={value!r}" for name, value in (("kind", self.kind), *self.pairs))
        return f"DeclaredInput({said})"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """The name of the contract."""
        return self.declaration.kind

    @property
    def modality(self) -> str:
        """The modality of backbones with this input."""
        return self.declaration.modality

    @property
    def example_source(self) -> str | None:
        """An example data source."""
        return self.declaration.source

    @property
    def field_types(self) -> Mapping[str, FieldType]:
        """The types of the fields, by name."""
        return {name: each.type for name, each in self.declaration.fields}

    def field_values(self) -> dict[str, Any]:
        """Return the values of all fields; None for unknown values."""
        return dict(self.pairs)

    def with_fields(self, **changes: Any) -> Self:
        """Return a copy with other values; raise RegistryError for an unknown field or invalid value."""
        table = {name: value for name, value in (self.field_values() | changes).items() if value is not None}
        problem = next(self.declaration.field_problems(table), None)
        if problem is not None:
            raise RegistryError(problem)
        return self.declaration.contract(table)

    def plain(self) -> dict[str, Any]:
        """Return ``kind`` and the fields that differ from their defaults."""
        defaults = {name: each.default for name, each in self.declaration.fields}
        found = {name: value for name, value in self.pairs if value != defaults[name]}
        return {"kind": self.kind, **found}

    def shown(self) -> str:
        """Return the declared short text."""
        return self.declaration.filled(self.declaration.shown, self.field_values())

    def details(self) -> Iterator[str]:
        """Yield the declared details."""
        if self.declaration.details:
            yield self.declaration.filled(self.declaration.details, self.field_values())

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield each known field with its description."""
        for name, each in self.declaration.fields:
            value = getattr(self, name)
            if value is not None:
                yield f"input.{name}", f"{in_words(value) or '()'} ({each.description})"
