"""Exported files in a run folder that can replace its SavedModel in predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.errors import BytesRefusedError, PluginError, UsageError, did_you_mean
from tlzoo.runs.files.hashes import files_in, read_hashes
from tlzoo.runs.files.own_exports import is_own_export
from tlzoo.runs.files.paths import RunPaths
from tlzoo.tasks import PLAIN, Decision

if TYPE_CHECKING:
    from tlzoo.export import Exporter

__all__ = [
    "TENSORFLOW",
    "ExportCard",
    "ExportedFile",
    "Prepare",
    "choose_runtime",
    "exported_files",
    "read_exported_file",
]

TENSORFLOW = "tensorflow"
"""The runtime of the SavedModel."""

_MOST_NUMBERS = 2**26
_PLAIN_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}$"


class Prepare(BaseModel):
    """How to prepare raw inputs: the modality, the argument and shape of its raw reader, and settings."""

    model_config = ConfigDict(strict=True)

    modality: str
    argument: str
    shape: list[Annotated[int, Field(ge=1)] | None]
    settings: dict[str, Any]

    @field_validator("shape")
    @classmethod
    def _bounded(cls, shape: list[int | None]) -> list[int | None]:
        if math.prod(each or 1 for each in shape) > _MOST_NUMBERS:
            raise ValueError(f"an input has more than {_MOST_NUMBERS:,} numbers")
        return shape


class ExportCard(BaseModel):
    """The fields of ``card.json`` that predictions need."""

    model_config = ConfigDict(strict=True)

    format: str
    precision: str
    file: str = Field(pattern=_PLAIN_NAME)
    inputs: dict[str, Any]
    classes: list[str]
    decision: Decision = PLAIN
    prepare: Prepare | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_versions(cls, values: Any) -> Any:
        """Read the ``thresholds`` of an earlier version, which had no ``decision``."""
        if not isinstance(values, Mapping) or values.get("thresholds") is None or "decision" in values:
            return values
        return {**values, "decision": {"thresholds": values["thresholds"]}}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that was exported with this ``exporter``; ``path`` is verified."""

    path: Path
    exporter: Exporter
    card: ExportCard
    is_own: bool
    """Whether it was written on this machine."""

    @property
    def is_automatic(self) -> bool:
        """Whether predictions may use it without being asked to: exact, installed, and without TensorFlow."""
        return self.exporter.is_exact and self.card.prepare is not None and not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules of its runtime that are not installed."""
        return tuple(each for each in self.exporter.runtime_packages if find_spec(each) is None)


def exported_files(folder: RunPaths) -> list[ExportedFile]:
    """Return the exported files of a verified run that have a runtime, the most exact ones first.

    Only files with a hash are used: a folder to which a file was added after the export is left out.

    Raises BytesRefusedError for a damaged card.
    """
    hashes = read_hashes(folder.path) or {}
    places = sorted(each for each in folder.exports.iterdir() if each.is_dir()) if folder.exports.is_dir() else []
    whole = [
        each for each in places if all(f"{folder.exports.name}/{each.name}/{file}" in hashes for file in files_in(each))
    ]
    if not whole:
        return []
    order = list(_kinds())
    found = [
        file
        for place in whole
        if (file := read_exported_file(place, own=is_own_export(hashes, f"{folder.exports.name}/{place.name}")))
    ]
    return sorted(found, key=lambda each: (not each.exporter.is_exact, order.index(each.exporter.name)))


def choose_runtime(folder: RunPaths, asked: str | None) -> ExportedFile | None:
    """Return the exported file for a runtime such as ``litert``; None for TensorFlow.

    Without a name, return the first one that was written on this machine, with exact precision and an installed
    runtime, if there is one.

    Raises UsageError for a runtime that the run has no file for, PluginError for one that is not installed.
    """
    if asked == TENSORFLOW:
        return None
    found = exported_files(folder)
    if asked is None:
        return next((each for each in found if each.is_own and each.is_automatic), None)
    known = {name: kind for name, kind in _kinds().items() if kind.runtime_packages}
    name, _, precision = asked.partition(":")
    if name not in known:
        fix = did_you_mean(asked, [TENSORFLOW, *known], valid="runtimes")
        raise UsageError(f"no runtime {asked!r}", fix)
    wanted = {name, asked} if precision == known[name].precisions[0] else {asked}
    chosen = next((each for each in found if wanted & {each.card.format, each.path.parent.name}), None)
    if chosen is None:
        raise UsageError(
            f"{folder.path} has no file for the runtime {asked!r}", f"run `tlzoo export {folder.path} --to {asked}`"
        )
    if chosen.missing:
        what = f"the runtime {asked!r} needs {', '.join(chosen.missing)}, which is not installed"
        raise PluginError(what, chosen.exporter.install or f"install {' '.join(chosen.missing)}")
    return chosen


def _kinds() -> Mapping[str, type[Exporter]]:
    from tlzoo.export import Exporter
    from tlzoo.plugins import registered

    kinds = {each.name: each.value for each in registered("tlzoo_exporters")}
    return {name: each for name, each in kinds.items() if isinstance(each, type) and issubclass(each, Exporter)}


def read_exported_file(place: Path, *, own: bool) -> ExportedFile | None:
    """Return the file in the folder of a format; None without a card, or if no installed exporter has its runtime.

    Raises BytesRefusedError for a damaged card.
    """
    path = place / "card.json"
    if not path.is_file():
        return None
    try:
        card = ExportCard.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BytesRefusedError(f"{path} is damaged: {where}: {first['msg']}", "export again") from error
    kind = _kinds().get(card.format.partition(":")[0])
    if kind is None or not kind.runtime_packages or card.precision not in kind.precisions:
        return None
    if not (place / card.file).exists():
        return None
    return ExportedFile(place / card.file, kind.model_validate({"precision": card.precision}), card, own)
