"""Field values of entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tlzoo.plugins import Catalog
from tlzoo.registry import Entry, InputContract
from tlzoo.registry.inputs import FieldType

from .availability import Places, sources_of
from .fields import FIELDS, InputFields, Kind, Row, Value, natural


def rows_of(zoo: Catalog) -> list[Row]:
    """Return a row for each entry of a catalog, in natural order of ids."""
    places, rows = Places(), []
    for entry in zoo.entries():
        installed = zoo.installed(entry)
        weights = places.availability(sources_of(entry), installed=installed)
        values = values_of(entry, installed=installed) | ({} if weights is None else {"weights": weights})
        rows.append(Row(values, input_fields(entry.input), zoo))
    return sorted(rows, key=lambda row: natural(row.id))


def values_of(entry: Entry, *, installed: bool) -> dict[str, Value]:
    """Return the known values of an entry, by names of fields and metrics."""
    known = {name: value for name, value in _values(entry) if value is not None}
    return {**known, "installed": installed}


def input_fields(contract: InputContract) -> InputFields:
    """Return the fields of an input contract, by names such as ``input.sample_rate``."""
    kinds = {f"input.{name}": INPUT_KINDS[type_] for name, type_ in contract.field_types.items()}
    values = {f"input.{name}": _listed(value) for name, value in contract.field_values().items() if value is not None}
    return InputFields(values, kinds)


def _listed(value: Any) -> Value:
    return list(value) if isinstance(value, tuple) else value


INPUT_KINDS: Mapping[FieldType, Kind] = {
    "integer": "number",
    "number": "number",
    "flag": "flag",
    "text": "word",
    "integers": "word",
    "numbers": "word",
    "texts": "word",
}


def features_text(entry: Entry) -> str:
    """Return the output as text: ``map 7x7x1280``."""
    shape = _feature_shape(entry)
    return f"{entry.features.kind} {_by(*shape)}" if shape else entry.features.kind


def _values(entry: Entry) -> Iterator[tuple[str, Value]]:
    for each in reversed(entry.reported):  # if a metric is reported twice, the first one counts
        if each.metric not in _OWN:
            yield each.metric, each.value
    measured, training, shape = entry.measured, entry.training, _feature_shape(entry)
    yield "id", entry.id
    yield "modality", entry.modality
    yield "plugin", entry.plugin
    yield "params", measured.parameters if measured else None
    yield "flops", measured.flops if measured else None
    yield "size", entry.bytes
    yield "input", entry.input.shown()
    side, smallest = entry.input.sides()
    yield "image_size", side
    yield "smallest", smallest
    yield "features", features_text(entry)
    yield "feature_size", shape[-1] if shape else None
    yield "licence", entry.licence
    yield "data", training.name if training else None
    yield "classes", training.classes if training else None
    yield "paper", entry.paper
    yield "tags", entry.tags
    yield "experimental", entry.experimental
    yield "summary", entry.summary


_OWN = FIELDS.keys() - {"top1", "top5"}


def _by(*sizes: int) -> str:
    return "x".join(map(str, sizes))


def _feature_shape(entry: Entry) -> tuple[int, ...] | None:
    return (entry.measured.feature_shape if entry.measured else None) or entry.features.shape
