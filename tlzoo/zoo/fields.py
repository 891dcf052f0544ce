"""What can be asked of an entry by name: in ``--where``, ``--sort`` and ``--columns``, and as a key of the JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tlzoo.registry import Entry, ImageInput, ObservationInput, TextInput

Value = str | float | bool | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, and whether its plugin can be used here."""

    entry: Entry
    installed: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to ask: ``of(row)`` gives its value, None where it is not known."""

    name: str
    kind: Literal["word", "flag", "count", "bytes", "share"]
    of: Callable[[Row], Value]

    @property
    def is_number(self) -> bool:
        """Whether its values can be less or more."""
        return self.kind in {"count", "bytes", "share"}


def fields_of(rows: Iterable[Row] = ()) -> Mapping[str, Field]:
    """Return all fields by name: the fixed ones, and one for each metric that one of the rows reports."""
    metrics = {reported.metric for row in rows for reported in row.entry.reported}
    return FIELDS | {name: _reported(name) for name in sorted(metrics - FIELDS.keys())}


def input_text(entry: Entry) -> str:
    """Say an input contract in a word: ``224x224x3``, ``128 tokens``, ``4``."""
    match entry.input:
        case ImageInput(size=size, channels=channels):
            return _by(*size, channels)
        case TextInput(sequence_length=length):
            return f"{length} tokens"
        case ObservationInput(shape=shape):
            return _by(*shape)


def features_text(entry: Entry) -> str:
    """Say what comes out: ``map 7x7x1280``."""
    shape = _feature_shape(entry)
    return f"{entry.features.kind} {_by(*shape)}" if shape else entry.features.kind


def _by(*sizes: int) -> str:
    return "x".join(map(str, sizes))


def _feature_shape(entry: Entry) -> tuple[int, ...] | None:
    return (entry.measured.feature_shape if entry.measured else None) or entry.features.shape


def _feature_size(entry: Entry) -> int | None:
    shape = _feature_shape(entry)
    return shape[-1] if shape else None


def _image(entry: Entry, part: Callable[[ImageInput], tuple[int, int] | None]) -> int | None:
    sizes = part(entry.input) if isinstance(entry.input, ImageInput) else None
    return min(sizes) if sizes else None


def _reported(metric: str) -> Field:
    return Field(metric, "share" if metric.startswith("top") else "count", lambda row: _figure(row.entry, metric))


def _figure(entry: Entry, metric: str) -> float | None:
    return next((reported.value for reported in entry.reported if reported.metric == metric), None)


_ALL = (
    Field("id", "word", lambda row: row.entry.id),
    Field("modality", "word", lambda row: row.entry.modality),
    Field("plugin", "word", lambda row: row.entry.plugin),
    Field("installed", "flag", lambda row: row.installed),
    Field("params", "count", lambda row: row.entry.measured.parameters if row.entry.measured else None),
    Field("flops", "count", lambda row: row.entry.measured.flops if row.entry.measured else None),
    Field("size", "bytes", lambda row: row.entry.bytes),
    Field("input", "word", lambda row: input_text(row.entry)),
    Field("image_size", "count", lambda row: _image(row.entry, lambda image: image.size)),
    Field("smallest", "count", lambda row: _image(row.entry, lambda image: image.smallest)),
    Field("features", "word", lambda row: features_text(row.entry)),
    Field("feature_size", "count", lambda row: _feature_size(row.entry)),
    Field("licence", "word", lambda row: row.entry.licence),
    Field("data", "word", lambda row: row.entry.training.name if row.entry.training else None),
    Field("classes", "count", lambda row: row.entry.training.classes if row.entry.training else None),
    Field("paper", "word", lambda row: row.entry.paper),
    Field("tags", "word", lambda row: row.entry.tags),
    Field("experimental", "flag", lambda row: row.entry.experimental),
    Field("summary", "word", lambda row: row.entry.summary),
    _reported("top1"),
    _reported("top5"),
)
FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
