"""Folder of several runs, such as a tuning or a run set: its document, validated as an untrusted file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.artifacts.hashing import digest
from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format, without_format
from tlzoo.runs.files.events import Backbone, Data
from tlzoo.runs.files.hashes import FILE, read_hashes
from tlzoo.runs.files.verification import check_layout
from tlzoo.runs.recipe import Recipe

__all__ = ["Described", "change_document", "check_hashes", "read_document", "write_document"]


class Described(BaseModel):
    """Recipe, data and backbone of all runs in a folder."""

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    data: dict[str, Any]
    backbone: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_described(self) -> Described:
        Data.model_validate(self.data)
        if self.backbone is not None:
            Backbone.model_validate(self.backbone)
        return self


Document = TypeVar("Document", bound=Described)


def read_document(path: Path, model: type[Document], fix: str) -> Document:
    """Return the document of a folder of runs after verifying the folder.

    Raises BytesRefusedError, with ``fix``, for links, changed files, and documents that are not in tlzoo's format.
    """
    check_hashes(path.parent, fix)
    try:
        return model.model_validate(_content(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise BytesRefusedError(f"{path} is damaged: {where}: {first['msg']}", fix) from error


def check_hashes(folder: Path, fix: str) -> None:
    """Raise BytesRefusedError for links in a folder of runs, and for documents that changed after its end.

    The runs in the folder have their own hashes. An unfinished folder changes and has no hashes.
    """
    check_layout(folder)
    for name, hashed in (read_hashes(folder) or {}).items():
        if "/" not in name and not ((folder / name).is_file() and digest(folder / name) == hashed):
            raise BytesRefusedError(f"{folder / name} was changed", fix)


def change_document(path: Path, **changes: Any) -> None:
    """Change keys of a document. The folder now changes, and has no hashes until it is finished again."""
    (path.parent / FILE).unlink(missing_ok=True)
    write_document(path, {**_content(path), **changes})


def write_document(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document with the format number."""
    write_text(path, json.dumps(with_format(content), indent=2))


def _content(path: Path) -> Any:
    found = read_json(path)
    return without_format(found, str(path)) if isinstance(found, dict) else found
