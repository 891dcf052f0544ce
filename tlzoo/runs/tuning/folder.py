"""A tuning's folder, read as what it may be: files that someone else wrote."""

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
from tlzoo.runs.events import Backbone, Data
from tlzoo.runs.hashes import FILE, read_hashes
from tlzoo.runs.journal import MetricsFile
from tlzoo.runs.recipe import Recipe
from tlzoo.runs.verification import check_layout

__all__ = ["ABOUT", "STUDY", "About", "TuningFolder", "change_about", "check_hashes", "read_about", "write_about"]

ABOUT, STUDY = "tuning.json", "study.jsonl"
_RESTORE = "restore the folder as it was written, or tune again"


@dataclass(frozen=True, slots=True)
class TuningFolder:
    """Where the files of a search lie."""

    path: Path

    @property
    def about(self) -> Path:
        """tuning.json: what is searched."""
        return self.path / ABOUT

    @property
    def study(self) -> Path:
        """study.jsonl: the trials, an event a line."""
        return self.path / STUDY

    @property
    def trials(self) -> Path:
        """The folder of runs that are being tried."""
        return self.path / "trials"

    @property
    def best(self) -> Path:
        """The recipe that was chosen."""
        return self.path / "best.toml"

    @property
    def runs(self) -> Path:
        """The folder of its run."""
        return self.path / "best"

    @property
    def result(self) -> Path:
        """result.json, once the search is finished."""
        return self.path / "result.json"


class About(BaseModel):
    """``tuning.json``: what is searched, from which recipe, and within which bounds."""

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
    """Return what a tuning's folder is about, once the folder has been verified.

    Raises BytesRefusedError for links, changed files, and documents that are not as tlzoo writes them.
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
    """Raise BytesRefusedError for links in a tuning's folder, and for documents that have changed since it ended.

    The runs in the folder have hashes of their own. A search that goes on changes, and has no hashes.
    """
    check_layout(folder)
    for name, hashed in (read_hashes(folder) or {}).items():
        if "/" not in name and not ((folder / name).is_file() and digest(folder / name) == hashed):
            raise BytesRefusedError(f"{folder / name} is not what it was when it was written", _RESTORE)


def change_about(folder: Path, **changes: Any) -> None:
    """Write other bounds into ``tuning.json``. The folder changes from here on, and has no hashes until it is done."""
    (folder / FILE).unlink(missing_ok=True)
    write_about(folder, {**_document(folder), **changes})


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write ``tuning.json``."""
    write_text(folder / ABOUT, json.dumps(with_format(about), indent=2))


def _document(folder: Path) -> Any:
    found = read_json(folder / ABOUT)
    return without_format(found, str(folder / ABOUT)) if isinstance(found, dict) else found
