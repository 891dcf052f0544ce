"""Which entries, in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import get_args

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.plugins import Catalog, catalog
from tlzoo.registry.entry import Modality

from .fields import Field, Row, Value, fields_of

_WILD = re.compile(r"[*?\[]")


def query(
    patterns: Sequence[str] = (),
    *,
    modality: str | None = None,
    where: str | None = None,
    sort: str = "id",
    installed: bool = False,
    of: Catalog | None = None,
) -> list[Row]:
    """Return the entries that fit one of the patterns (all, if there are none) and every condition.

    A pattern with wildcards is for the whole id or the id without its namespace; one without is for a part of the id.
    ``where`` is in the language of ``tlzoo.zoo.where``. ``sort`` names a field, after a ``-`` for the largest first;
    numbers in words count as numbers, and what is not known comes last. ``of`` is this process's catalog by default.

    Raises UsageError for an unknown field or modality and for a ``where`` that says nothing.
    """
    if modality is not None and modality not in get_args(Modality):
        raise UsageError(f"no modality {modality!r}", did_you_mean(modality, get_args(Modality)))
    zoo = of or catalog()
    rows = [Row(entry, zoo.installed(entry)) for entry in zoo.entries()]
    fields = fields_of(rows)
    condition = _condition(where, fields) if where is not None else None
    order = field_named(sort.removeprefix("-"), fields)
    kept = [
        row
        for row in rows
        if (modality is None or row.entry.modality == modality)
        and (row.installed or not installed)
        and (not patterns or any(_fits(row.entry.id, pattern.lower()) for pattern in patterns))
        and (condition is None or condition(row))
    ]
    return _sorted(kept, order, descending=sort.startswith("-"))


def field_named(name: str, fields: Mapping[str, Field]) -> Field:
    """Return the field of that name; raise UsageError with a did-you-mean."""
    if name not in fields:
        raise UsageError(f"no field {name!r}", did_you_mean(name, fields, valid="fields"))
    return fields[name]


def _condition(where: str, fields: Mapping[str, Field]) -> Callable[[Row], bool]:
    from .where import parse_where

    return parse_where(where, fields)


def _fits(name: str, pattern: str) -> bool:
    if _WILD.search(pattern):
        return fnmatchcase(name, pattern) or fnmatchcase(name.partition("/")[2], pattern)
    return pattern in name


def _sorted(rows: Iterable[Row], order: Field, *, descending: bool) -> list[Row]:
    known = [row for row in rows if order.of(row) is not None]
    unknown = [row for row in rows if order.of(row) is None]
    known.sort(key=lambda row: _natural(row.entry.id))
    known.sort(key=lambda row: _natural(order.of(row)), reverse=descending)
    return known + sorted(unknown, key=lambda row: _natural(row.entry.id))


def _natural(value: Value) -> tuple[tuple[int, float, str], ...]:
    """Return a key by which ``resnet9`` comes before ``resnet50``."""
    if isinstance(value, float | int):
        return ((0, float(value), ""),)
    text = " ".join(value) if isinstance(value, tuple) else (value or "")
    return tuple(
        (0, float(part), "") if part.isdecimal() else (1, 0.0, part) for part in re.split(r"(\d+)", text.lower())
    )
