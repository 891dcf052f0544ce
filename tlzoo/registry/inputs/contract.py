"""Base class of input contracts: fields by name, and their display."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

__all__ = ["FieldType", "InputContract", "by", "in_words"]

FieldType = Literal["integer", "number", "text", "flag", "integers", "numbers", "texts"]


class InputContract:
    """Input of a backbone: a frozen value with a ``kind`` and the fields of this kind as attributes."""

    __slots__ = ()

    KIND: ClassVar[str]
    MODALITY: ClassVar[str]
    SOURCE: ClassVar[str | None] = None
    """Example data source, for the ``train`` line of ``tlzoo show``."""
    TYPES: ClassVar[Mapping[str, FieldType]]

    kind: str

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return the value of a field; the kind determines the fields."""

    @property
    def modality(self) -> str:
        """The modality of backbones with this input."""
        return self.MODALITY

    @property
    def example_source(self) -> str | None:
        """An example data source."""
        return self.SOURCE

    @property
    def field_types(self) -> Mapping[str, FieldType]:
        """The types of the fields, by name."""
        return self.TYPES

    def field_values(self) -> dict[str, Any]:
        """Return the values of all fields, without ``kind``; None for unknown values."""
        return {name: getattr(self, name) for name in self.field_types}

    def with_fields(self, **changes: Any) -> Self:
        """Return a copy with other values of these fields."""
        return replace(self, **changes)  # type: ignore[type-var]

    def plain(self) -> dict[str, Any]:
        """Return ``kind`` and the fields that differ from their defaults."""
        defaults = {each.name: each.default for each in fields(self)}  # type: ignore[arg-type]
        found = {name: value for name, value in self.field_values().items() if value != defaults[name]}
        return {"kind": self.kind, **found}

    def shown(self) -> str:
        """Return a short text: ``224x224x3``."""
        raise NotImplementedError

    def sides(self) -> tuple[int | None, int | None]:
        """Return the shorter side of an image and its minimum, in pixels; None if unknown."""
        return None, None

    def details(self) -> Iterator[str]:
        """Yield more details for an entry's card."""
        yield from ()

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield more lines, label and text, for an entry's card."""
        yield from ()

    def problems(self) -> Iterator[str]:
        """Yield errors in the values, beyond their types."""
        yield from ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Accept any contract as a value of the base class; subclasses are dataclasses."""
        if cls is not InputContract:
            return handler(source)
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(InputContract)


def by(sizes: Any) -> str:
    """Return sizes as ``224x224x3``."""
    return "x".join(map(str, sizes))


def in_words(value: Any) -> str:
    """Return the value of a field as text: ``yes``, ``0.5``, ``224x224``, ``0.5 0.4``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        whole = all(isinstance(each, int) for each in value)
        return ("x" if whole else " ").join(map(in_words, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
