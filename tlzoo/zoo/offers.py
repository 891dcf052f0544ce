"""What plugins give under a hook, described from its own code: by whom, for what, with which options."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.plugins import HOOKS, Registered, registered


@dataclass(frozen=True, slots=True)
class Option:
    """A field of a head or a strategy: a key of a recipe's table, and of ``-H`` or ``-S``."""

    name: str
    type: str
    default: Any
    """As in JSON; None where a value is required."""
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a plugin gives by name."""

    name: str
    plugin: str
    summary: str
    """The first line of its docstring."""
    options: tuple[Option, ...]


def offers(hook: str, name: str | None = None) -> list[Offer]:
    """Return what all usable plugins give for a hook, or the one of that name; raise UsageError where there is none."""
    given = registered(hook)
    if name is not None and name not in {each.name for each in given}:
        known = did_you_mean(name, [each.name for each in given])
        raise UsageError(f"no {HOOKS[hook]} {name!r}", known)
    return [_offer(each) for each in given if name in {None, each.name}]


def _offer(given: Registered) -> Offer:
    summary = (inspect.getdoc(given.value) or "").partition("\n")[0]
    return Offer(given.name, given.plugin, summary, tuple(_options(given.value)))


def _options(value: Any) -> list[Option]:
    """Return the fields of a pydantic class; nothing else has options that can be named."""
    fields = getattr(value, "model_fields", {}) if isinstance(value, type) else {}
    described: dict[str, Any] = value.model_json_schema()["properties"] if fields else {}
    return [
        Option(
            name,
            _type(field.annotation),
            described.get(name, {}).get("default"),
            field.is_required(),
            field.description or "",
        )
        for name, field in fields.items()
    ]


def _type(annotation: Any) -> str:
    """Say a type in short: without the limits that pydantic checks, a choice as its values."""
    text = inspect.formatannotation(annotation).replace("typing.", "")
    text = re.sub(r"Annotated\[([^,\[\]]+), [^\[\]]*\]", r"\1", text)
    return re.sub(r"Literal\[([^\[\]]*)\]", lambda found: found[1].replace("'", "").replace(", ", " | "), text)
