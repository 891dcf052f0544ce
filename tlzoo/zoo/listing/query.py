"""Selection and order of entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError, did_you_mean

from .fields import Field, Row, fields_of, natural
from .table import Listing, listing

if TYPE_CHECKING:
    from tlzoo.plugins import Catalog

_WILD = re.compile(r"[*?\[]")


def query(
    patterns: Sequence[str] = (),
    *,
    modality: str | None = None,
    where: str | None = None,
    sort: str = "id",
    installed: bool = False,
    of: Listing | Catalog | None = None,
) -> list[Row]:
    """Return the entries that match one of the patterns and every condition.

    Args:
        patterns: A pattern with wildcards matches a whole id, with or without namespace and weights; one without
            wildcards matches a part of an id. Empty: all entries.
        modality: Only entries of this modality.
        where: Condition of ``tlzoo.zoo.listing.where``.
        sort: Field, with ``-`` in descending order. Numbers in words sort numerically; unknown values come last.
        installed: Only entries of installed plugins.
        of: Listing or catalog. None: the current listing.

    Returns:
        A row per entry.

    Raises:
        UsageError: If a field or modality is unknown, or ``where`` is invalid.
    """
    rows = _rows(of)
    if modality is not None and all(row.values["modality"] != modality for row in rows):
        known = sorted({str(row.values["modality"]) for row in rows})
        raise UsageError(f"no modality {modality!r}", did_you_mean(modality, known))
    fields = fields_of(rows)
    condition = _condition(where, fields) if where is not None else None
    order = field_named(sort.removeprefix("-"), fields)
    kept = [
        row
        for row in rows
        if (modality is None or row.values["modality"] == modality)
        and (row.installed or not installed)
        and (not patterns or any(_fits(row.id, pattern.lower()) for pattern in patterns))
        and (condition is None or condition(row))
    ]
    return _sorted(kept, order, descending=sort.startswith("-"))


def note_on_unknown(rows: Sequence[Row], where: str | None, of: Listing | Catalog | None = None) -> str | None:
    """Return a note on entries that ``where`` excludes or includes only because a value is unknown, or None."""
    if where is None:
        return None
    from .where import note_on_unknown as undecided
    from .where import parse_where

    return undecided(rows, parse_where(where, fields_of(_rows(of))))


def field_named(name: str, fields: Mapping[str, Field]) -> Field:
    """Return the named field; raise UsageError with the nearest names."""
    if name not in fields:
        raise UsageError(f"no field {name!r}", did_you_mean(name, fields, valid="fields"))
    return fields[name]


def _rows(zoo: Listing | Catalog | None) -> list[Row]:
    if zoo is None:
        return listing().rows
    if isinstance(zoo, Listing):
        return zoo.rows
    from .rows import rows_of

    return rows_of(zoo)


def _condition(where: str, fields: Mapping[str, Field]) -> Callable[[Row], bool]:
    from .where import parse_where

    return parse_where(where, fields).holds


def _fits(name: str, pattern: str) -> bool:
    if not _WILD.search(pattern):
        return pattern in name
    from fnmatch import fnmatchcase

    without_weights, without_namespace = name.partition(".")[0], name.partition("/")[2]
    names = (name, without_weights, without_namespace, without_namespace.partition(".")[0])
    return any(fnmatchcase(each, pattern) for each in names)


def _sorted(rows: list[Row], order: Field, *, descending: bool) -> list[Row]:
    if order.name == "id":  # rows are already in this order
        return rows[::-1] if descending else rows
    known = [row for row in rows if order.of(row) is not None]
    unknown = [row for row in rows if order.of(row) is None]
    known.sort(key=lambda row: natural(order.of(row)), reverse=descending)
    return known + unknown
