"""Recipe fields as options of the shell and arguments in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["Argument", "arguments_of", "describe_field", "literal_values"]


@dataclass(frozen=True, slots=True)
class Argument:
    """Marks a field of the recipe as an option of ``tlzoo train`` and an argument of ``tlzoo.train``.

    ``metavar`` is its placeholder in help texts, ``default_value`` the value of an option that is given without one.
    ``options_flag`` is the short flag for the options of the head, strategy or policy in the field. ``excludes`` is a
    field that cannot be given at the same time.
    """

    metavar: str | None = None
    options_flag: str | None = None
    excludes: str | None = None
    default_value: str | None = None


def arguments_of(fields: Mapping[str, FieldInfo]) -> dict[str, Argument]:
    """Return the arguments among the fields of a model, in order."""
    return {name: each for name, field in fields.items() for each in field.metadata if isinstance(each, Argument)}


def describe_field(field: FieldInfo) -> str:
    """Return the description of a field, with its default if it has one."""
    default = _plain(field.get_default(call_default_factory=True))
    return f"{field.description}; default: {default}" if default and not field.is_required() else f"{field.description}"


def literal_values(field: FieldInfo) -> list[str] | None:
    """Return the allowed values of a field with a fixed set of values; None for other fields."""
    parts = (field.annotation, *get_args(field.annotation))
    found = next((each for each in parts if get_origin(each) is Literal), None)
    return None if found is None else list(get_args(found))


def _plain(default: Any) -> str:
    if isinstance(default, tuple):
        return ",".join(default)
    return "" if default is None or default == {} else str(getattr(default, "name", default))
