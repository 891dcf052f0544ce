"""Tuning folder, validated as untrusted files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.artifacts.hashing import digest
from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format, without_format
from tlzoo.runs.files.events import Backbone, Data
from tlzoo.runs.files.hashes import FILE, read_hashes
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.runs.files.verification import check_layout
from tlzoo.runs.recipe import Recipe

__all__ = ["ABOUT", "STUDY", "About", "TuningFolder", "change_about", "check_hashes", "read_about", "write_about"]

ABOUT, STUDY = "tuning.json", "study.jsonl"
_RESTORE = "restore the original folder, or tune again"


@dataclass(frozen=True, slots=True)
class TuningFolder:
    """Paths within a tuning folder."""

    path: Path

    @property
    def about(self) -> Path:
        """tuning.json: the search space."""
        return self.path / ABOUT

    @property
    def study(self) -> Path:
        """study.jsonl: the trials, one event per line."""
        return self.path / STUDY

    @property
    def trials(self) -> Path:
        """Folder with the runs of current trials."""
        return self.path / "trials"

    @property
    def best(self) -> Path:
        """The best recipe."""
        return self.path / "best.toml"

    @property
    def runs(self) -> Path:
        """Folder with the run of the best recipe."""
        return self.path / "best"

    @property
    def result(self) -> Path:
        """result.json, once the search is finished."""
        return self.path / "result.json"


class About(BaseModel):
    """``tuning.json``: the search space, the recipe and the limits."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    space: dict[str, str]
    data: dict[str, Any]
    backbone: dict[str, Any] | None = None
    trials: int | None = None
    budget: float | None = None

    @model_validator(mode="after")
    def _is_described(self) -> About:
        Data.model_validate(self.data)
        if self.backbone is not None:
            Backbone.model_validate(self.backbone)
        return self


def read_about(folder: Path) -> About:
    """Return the content of ``tuning.json`` after verifying the folder.

    Raises BytesRefusedError for links, changed files, and documents that are not in tlzoo's format.
    """
    check_hashes(folder)
    MetricsFile(folder / STUDY)  # JSON Lines
    try:
        return About.model_validate(_document(folder))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise BytesRefusedError(f"{folder / ABOUT} is damaged: {where}: {first['msg']}", _RESTORE) from error


def check_hashes(folder: Path) -> None:
    """Raise BytesRefusedError for links in a tuning folder, and for documents that changed after the end of the search.

    The runs in the folder have their own hashes. An unfinished search changes and has no hashes.
    """
    check_layout(folder)
    for name, hashed in (read_hashes(folder) or {}).items():
        if "/" not in name and not ((folder / name).is_file() and digest(folder / name) == hashed):
            raise BytesRefusedError(f"{folder / name} was changed", _RESTORE)


def change_about(folder: Path, **changes: Any) -> None:
    """Write other limits to ``tuning.json``. The folder now changes, and has no hashes until the search ends."""
    (folder / FILE).unlink(missing_ok=True)
    write_about(folder, {**_document(folder), **changes})


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write ``tuning.json``."""
    write_text(folder / ABOUT, json.dumps(with_format(about), indent=2))


def _document(folder: Path) -> Any:
    found = read_json(folder / ABOUT)
    return without_format(found, str(folder / ABOUT)) if isinstance(found, dict) else found
