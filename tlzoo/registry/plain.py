"""Entries as plain dictionaries, as in TOML and JSON, and back, without validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from .entry import Entry, Features, File, Measured, Reported, TrainingData
from .inputs import CORE_INPUTS, InputContract, InputDeclaration


def plain(value: Any) -> Any:
    """Return dataclasses as dictionaries without default values, and tuples as lists.

    Args:
        value: An entry, or a part of one.

    Returns:
        A value of JSON types.
    """
    if isinstance(value, InputContract | InputDeclaration):
        return plain(value.plain())
    if is_dataclass(value) and not isinstance(value, type):
        kept: dict[str, Any] = {}
        for each in fields(value):
            part = getattr(value, each.name)
            default = each.default_factory() if each.default_factory is not MISSING else each.default
            if default is MISSING or part != default:
                kept[each.name] = plain(part)
        return kept
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value


def entry_from(table: Mapping[str, Any], declared: Mapping[str, InputDeclaration]) -> Entry:
    """Build an entry from a validated table; ``declared`` are input contracts by kind."""
    parts = dict(table)
    parts["files"] = {name: File(**_tuples(file, "alternatives")) for name, file in parts["files"].items()}
    parts["input"] = _input(parts["input"], declared)
    parts["features"] = Features(**_tuples(parts["features"], "shape"))
    for name, build in _OPTIONAL.items():
        if name in parts:
            parts[name] = build(parts[name])
    return Entry(**parts)


def _input(table: Mapping[str, Any], declared: Mapping[str, InputDeclaration]) -> InputContract:
    kind = table["kind"]
    if kind in declared:
        return declared[kind].contract(table)
    return CORE_INPUTS[kind](**{key: tuple(part) if isinstance(part, list) else part for key, part in table.items()})


_OPTIONAL: Mapping[str, Callable[[Any], Any]] = {
    "training": lambda table: TrainingData(**table),
    "reported": lambda rows: tuple(Reported(**row) for row in rows),
    "measured": lambda table: Measured(**_tuples(table, "feature_shape")),
    "tags": tuple,
    "aliases": tuple,
    "replaces": tuple,
}


def _tuples(table: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: tuple(part) if key in names and part is not None else part for key, part in table.items()}
