"""The base of input contracts: fields by name, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

__all__ = ["FieldType", "InputContract", "by", "in_words"]

FieldType = Literal["integer", "number", "text", "flag", "integers", "numbers", "texts"]


class InputContract:
    """What a backbone takes: a frozen value with a ``kind`` and the fields of that kind as attributes."""

    __slots__ = ()

    KIND: ClassVar[str]
    MODALITY: ClassVar[str]
    SOURCE: ClassVar[str | None] = None
    """A source of such inputs, for the ``train`` line of ``tlzoo show``."""
    TYPES: ClassVar[Mapping[str, FieldType]]

    kind: str

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return a field's value; which fields there are follows from the kind."""

    @property
    def modality(self) -> str:
        """The modality of the backbones that take it."""
        return self.MODALITY

    @property
    def example_source(self) -> str | None:
        """A source of such inputs."""
        return self.SOURCE

    @property
    def field_types(self) -> Mapping[str, FieldType]:
        """The types of the fields, by name."""
        return self.TYPES

    def field_values(self) -> dict[str, Any]:
        """Return the values of all fields, without ``kind``; None for those that are unknown."""
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
        """Return the contract in a word or two: ``224x224x3``."""
        raise NotImplementedError

    def sides(self) -> tuple[int | None, int | None]:
        """Return the shorter side of an image and the least that it may be, in pixels; None if it is unknown."""
        return None, None

    def details(self) -> Iterator[str]:
        """Yield more words for an entry's card."""
        yield from ()

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield more lines, label and text, for an entry's card."""
        yield from ()

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the values, beyond their types."""
        yield from ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let a field of the base take any contract; classes of their own are dataclasses."""
        if cls is not InputContract:
            return handler(source)
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(InputContract)


def by(sizes: Any) -> str:
    """Return sizes as ``224x224x3``."""
    return "x".join(map(str, sizes))


def in_words(value: Any) -> str:
    """Return the value of a field for a reader: ``yes``, ``0.5``, ``224x224``, ``0.5 0.4``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        whole = all(isinstance(each, int) for each in value)
        return ("x" if whole else " ").join(map(in_words, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
