"""Recipe fields in which runs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.runs.recipe import Recipe

__all__ = ["differing_fields"]


def differing_fields(recipes: Sequence[Recipe]) -> dict[str, list[Any]]:
    """Return the fields with different values, as JSON: a value for each recipe; None where it does not have the field.

    Options of a head, a strategy or a policy are fields of their own: ``head.units``.
    """
    flat = [dict(_flat(each.model_dump(mode="json"))) for each in recipes]
    names = list(dict.fromkeys(name for each in flat for name in each))
    values = {name: [each.get(name) for each in flat] for name in names}
    return {name: each for name, each in values.items() if any(value != each[0] for value in each)}


def _flat(values: Mapping[str, Any], begin: str = "") -> Iterator[tuple[str, Any]]:
    for name, each in values.items():
        if isinstance(each, dict):
            yield from _flat(each, f"{begin}{name}.")
        else:
            yield f"{begin}{name}", each
