"""``result.json`` of a run, validated as an untrusted file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tlzoo.artifacts.formats.documents import read_json
from tlzoo.errors import BytesRefusedError
from tlzoo.files.format_number import with_format, without_format
from tlzoo.tasks import core_tasks

__all__ = ["read_result", "result_text"]

Figures = dict[str, float | str | None]


class _Phase(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str = ""
    epochs: int | None = None
    steps: int | None = None
    seconds: float = 0.0
    mode: str = ""
    solver: str | None = None
    cut: str | None = None
    image_size: int | None = None
    score: float | None = None
    stopped: str | None = None
    kept: bool = False


class _Test(BaseModel):
    """Metrics of tlzoo's own tasks. Plugin tasks may have other fields; ``read_metrics`` checks them."""

    model_config = ConfigDict(strict=True)

    examples: int | None = None
    accuracy: float | None = None
    balanced_accuracy: float | None = None
    accuracy_interval: list[float] | None = None
    macro_f1: float | None = None
    micro_f1: float | None = None
    mean_average_precision: float | None = None
    exact: float | None = None
    mae: float | None = None
    rmse: float | None = None
    r2: float | None = None
    standard_error: float | None = None
    per_class: dict[str, Figures] | None = None
    per_target: dict[str, Figures] | None = None


class _Memory(BaseModel):
    model_config = ConfigDict(strict=True)

    fixed_bytes: int
    sample_bytes: int = Field(ge=0)


class _Result(BaseModel):
    """Fields that tlzoo reads, with their types; trainers may add others."""

    model_config = ConfigDict(strict=True)

    score: str = ""
    backbone: str = ""
    strategy: str = ""
    head: str = ""
    augment: str = ""
    data: str = ""
    task: str = ""
    seed: int = 0
    weights: str | None = None
    seconds: float = 0.0
    examples: dict[str, int] = {}
    phases: list[_Phase] = []
    test: dict[str, Any] = {}
    validation: dict[str, Any] | None = None
    target: dict[str, Any] | None = None
    memory: _Memory | None = None
    imports: list[str] = []


class _OwnTask(BaseModel):
    test: _Test = _Test()


def result_text(result: Mapping[str, Any]) -> str:
    """Return the content of ``result.json``: the output of ``train --json`` with the format number."""
    return json.dumps(with_format(result), indent=2)


def read_result(path: Path) -> dict[str, Any]:
    """Return the content of a ``result.json``, without the format number.

    Raises BytesRefusedError if the file is invalid, and FileNotFoundError if it does not exist.
    """
    found = read_json(path)
    try:
        read = _Result.model_validate(found)
        if not read.task or read.task in core_tasks():
            _OwnTask.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "it"
        raise BytesRefusedError(
            f"{path} is damaged: {field}: {first['msg']}", "restore the file, or train again"
        ) from error
    return without_format(found, str(path))
