"""Options of a head or strategy, from its pydantic fields."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["Option", "options_of"]

_BOUNDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@dataclass(frozen=True, slots=True)
class Option:
    """One option. ``default`` is a plain value; a ``required`` option has none."""

    name: str
    type: str
    required: bool
    default: Any
    description: str

    @property
    def default_text(self) -> str:
        """The default in TOML, as for ``-S`` and ``-H``; ``required`` if there is none."""
        import json

        return "required" if self.required else json.dumps(self.default, ensure_ascii=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "default": self.default,
            "description": self.description,
        }


def options_of(registered: Any) -> list[Option]:
    """Return the options of a component; none if it is not a pydantic model, such as an adapter."""
    fields: dict[str, FieldInfo] = getattr(registered, "model_fields", {})
    return [_option(name, field) for name, field in fields.items()]


def _option(name: str, field: FieldInfo) -> Option:
    from pydantic_core import to_jsonable_python

    required = field.is_required()
    default = None if required else to_jsonable_python(field.get_default(call_default_factory=True))
    return Option(name, _with_bounds(field.annotation, field.metadata), required, default, field.description or "")


def _type(annotation: Any) -> str:
    """Return a type as text: ``float > 0``, ``relu | gelu``, ``integer > 0, …``, ``text or none``."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _with_bounds(parts[0], parts[1:])
    if origin is Literal:
        return " | ".join(str(part) for part in parts)
    if origin in {Union, UnionType}:
        return " or ".join(_type(part) for part in parts)
    if origin is tuple and Ellipsis not in parts:
        return f"[{', '.join(_type(part) for part in parts)}]"
    if origin in {tuple, list, set, frozenset}:
        return f"[{_type(parts[0])}, …]"
    return _WORDS.get(annotation) or str(getattr(annotation, "__name__", annotation))


def _with_bounds(annotation: Any, metadata: Any) -> str:
    bounds = [
        f"{sign} {getattr(each, name):g}" for each in metadata for name, sign in _BOUNDS.items() if hasattr(each, name)
    ]
    return " ".join([_type(annotation), " and ".join(bounds)]).strip()


_WORDS: dict[Any, str] = {float: "number", int: "integer", bool: "true | false", str: "text", NoneType: "none"}
