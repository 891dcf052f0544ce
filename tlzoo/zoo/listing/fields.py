"""What can be asked of an entry by name: in ``--where``, ``--sort`` and ``--columns``, and as a key of the JSON.

Listing goes through here, so nothing of an entry is imported: its values are worked out in ``rows``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, final

if TYPE_CHECKING:
    from tlzoo.plugins import Catalog
    from tlzoo.registry import Entry

Value = str | float | bool | tuple[str, ...] | None
Kind = Literal["word", "flag", "count", "bytes", "share"]


@final
class Row:
    """An entry as listing knows it: ``values`` by the names of fields and metrics; what is not known is absent."""

    __slots__ = ("_zoo", "values")

    def __init__(self, values: Mapping[str, Value], zoo: Catalog | None = None) -> None:
        self.values = values
        self._zoo = zoo

    @property
    def id(self) -> str:
        """The entry's id."""
        return str(self.values["id"])

    @property
    def plugin(self) -> str:
        """The distribution that brings the entry."""
        return str(self.values["plugin"])

    @property
    def installed(self) -> bool:
        """Whether its plugin can be used here."""
        return bool(self.values["installed"])

    @property
    def entry(self) -> Entry:
        """The entry itself, out of the registries."""
        from tlzoo.plugins import catalog

        return (self._zoo or catalog()).get(self.id)


class Field(NamedTuple):
    """One thing to ask: ``of(row)`` gives its value, None where it is not known."""

    name: str
    kind: Kind

    def of(self, row: Row) -> Value:
        """Return a row's value."""
        return row.values.get(self.name)

    @property
    def is_number(self) -> bool:
        """Whether its values can be less or more."""
        return self.kind in {"count", "bytes", "share"}


def fields_of(rows: Iterable[Row] = ()) -> Mapping[str, Field]:
    """Return all fields by name: the fixed ones, and one for each metric that one of the rows reports."""
    metrics = {name for row in rows for name in row.values} - FIELDS.keys()
    return FIELDS | {name: Field(name, "share" if name.startswith("top") else "count") for name in sorted(metrics)}


def natural(value: Value) -> tuple[tuple[int, float, str], ...]:
    """Return a key to sort by: numbers in words count as numbers, so that ``resnet9`` comes before ``resnet50``."""
    if isinstance(value, float | int):
        return ((0, float(value), ""),)
    text = " ".join(value) if isinstance(value, tuple) else (value or "")
    return tuple(
        (0, float(part), "") if part.isdecimal() else (1, 0.0, part) for part in re.split(r"(\d+)", text.lower())
    )


_KINDS: Mapping[str, Kind] = {
    "id": "word",
    "modality": "word",
    "plugin": "word",
    "installed": "flag",
    "weights": "word",
    "params": "count",
    "flops": "count",
    "size": "bytes",
    "input": "word",
    "image_size": "count",
    "smallest": "count",
    "features": "word",
    "feature_size": "count",
    "licence": "word",
    "data": "word",
    "classes": "count",
    "paper": "word",
    "tags": "word",
    "experimental": "flag",
    "summary": "word",
    "top1": "share",
    "top5": "share",
}
FIELDS: dict[str, Field] = {name: Field(name, kind) for name, kind in _KINDS.items()}
