"""Fields of entries for ``--where``, ``--sort`` and ``--columns``, and the keys of the JSON.

Listing uses this module, so it imports nothing of an entry; values are computed in ``rows``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, final

if TYPE_CHECKING:
    from tlzoo.plugins import Catalog
    from tlzoo.registry import Entry

Value = str | float | bool | tuple[str, ...] | list[Any] | None
Kind = Literal["word", "flag", "count", "number", "bytes", "share"]


class InputFields(NamedTuple):
    """Fields of an input contract by names such as ``input.size``: known values, and the kinds of all fields."""

    values: Mapping[str, Value] = {}
    kinds: Mapping[str, Kind] = {}


COLUMNS = ("id", "modality", "params", "flops", "top1", "size", "input", "features", "licence", "weights")
"""Default columns of a table of entries."""

_NO_INPUT = InputFields()


@final
class Row:
    """An entry in a listing: ``values`` by names of fields and metrics; unknown values are absent.

    ``contract`` has the fields of its input contract. Entries with equal contracts may share it.
    """

    __slots__ = ("_zoo", "contract", "values")

    def __init__(
        self,
        values: Mapping[str, Value],
        contract: InputFields = _NO_INPUT,
        zoo: Catalog | None = None,
    ) -> None:
        self.values = values
        self.contract = contract
        self._zoo = zoo

    @property
    def id(self) -> str:
        """The entry's id."""
        return str(self.values["id"])

    @property
    def plugin(self) -> str:
        """The distribution that provides the entry."""
        return str(self.values["plugin"])

    @property
    def installed(self) -> bool:
        """Whether the plugin can be used here."""
        return bool(self.values["installed"])

    @property
    def entry(self) -> Entry:
        """The entry, from the registries."""
        from tlzoo.plugins import catalog

        return (self._zoo or catalog()).get(self.id)


class Field(NamedTuple):
    """A field: ``of(row)`` returns its value, or None if it is unknown."""

    name: str
    kind: Kind

    def of(self, row: Row) -> Value:
        """Return the value of a row; None if it is not a number in a numeric field."""
        if not self.name.startswith(INPUT):
            return row.values.get(self.name)
        is_other = self.is_number and row.contract.kinds.get(self.name) != self.kind
        return None if is_other else row.contract.values.get(self.name)

    @property
    def is_number(self) -> bool:
        """Whether the values are ordered numbers."""
        return self.kind in {"count", "number", "bytes", "share"}


def fields_of(rows: Iterable[Row] = ()) -> Mapping[str, Field]:
    """Return all fields by name: fixed ones, metrics reported in a row, and those of the rows' input contracts."""
    rows = list(rows)
    metrics = {name for row in rows for name in row.values} - FIELDS.keys()
    reported = {name: Field(name, "share" if name.startswith("top") else "count") for name in sorted(metrics)}
    return FIELDS | reported | _input_fields(rows)


def _input_fields(rows: Iterable[Row]) -> dict[str, Field]:
    """Return the fields of the rows' input contracts.

    Fields of tlzoo's own contracts keep their kind. Another field that differs in kind between contracts holds words.
    """
    found: dict[str, Kind] = {}
    for contract in {id(row.contract): row.contract for row in rows}.values():
        for name, kind in contract.kinds.items():
            found[name] = kind if found.get(name, kind) == kind else "word"
    found |= {name: kind for name, kind in CORE_INPUT_KINDS.items() if name in found}
    return {name: Field(name, found[name]) for name in sorted(found)}


def words(value: Value) -> tuple[str, ...]:
    """Return a value as words: items of a list of texts; sizes as one word, ``224x224``; other numbers as one."""
    if isinstance(value, tuple | list):
        if all(isinstance(each, str) for each in value):
            return tuple(value)
        return (("x" if all(isinstance(each, int) for each in value) else " ").join(f"{each:g}" for each in value),)
    return () if value is None else (str(value),)


def natural(value: Value) -> tuple[tuple[int, float, str], ...]:
    """Return a natural sort key: numbers in words sort numerically, so ``resnet9`` comes before ``resnet50``."""
    if isinstance(value, float | int):
        return ((0, float(value), ""),)
    text = " ".join(words(value))
    return tuple(
        (0, float(part), "") if part.isdecimal() else (1, 0.0, part) for part in re.split(r"(\d+)", text.lower())
    )


INPUT = "input."
"""Prefix of the names of input contract fields."""

CORE_INPUT_KINDS: Mapping[str, Kind] = {
    "input.size": "word",
    "input.channels": "number",
    "input.smallest": "word",
    "input.range": "word",
    "input.mean": "word",
    "input.std": "word",
    "input.order": "word",
    "input.tokenizer": "word",
    "input.sequence_length": "number",
    "input.longest": "number",
}
"""Kinds of the fields of tlzoo's own input contracts. Listing is too fast to import them; a test compares both."""

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
