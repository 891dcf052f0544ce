"""Events of a run's journal, with the fields that resume, evaluation and the report read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from tlzoo.errors import BytesRefusedError

__all__ = ["Backbone", "Data", "check_events"]


CHECKPOINT = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}$"
"""Names of checkpoints; they cannot lead out of their folder."""


LONGEST_KEY = 1000
"""Characters of the key of a tracked run."""


class _Event(BaseModel):
    model_config = ConfigDict(strict=True)


class _Class(_Event):
    samples: int
    contents: str


class Data(_Event):
    """Result of ``describe_data``."""

    fingerprint: str
    classes: dict[str, _Class] = {}
    splits: dict[str, int] = {}
    order: str | None = None
    labels: str | None = None


class _Target(_Event):
    fingerprint: str
    test: str | None


class Backbone(_Event):
    """Result of ``describe_backbone``."""

    hashes: dict[str, str]


class _Question(_Event):
    kind: str


class _Probe(_Event):
    number: int
    question: _Question
    answer: dict[str, float | list[float]]


class _Told(_Event):
    number: int | None = None
    text: str


class _LeftOut(_Event):
    number: int
    phase: str


class _Failed(_Event):
    position: int
    error: str


class _Memory(_Event):
    limit_bytes: int


class _Callbacks(_Event):
    classes: list[str]


class _Tracker(_Event):
    name: str = Field(max_length=100)
    key: str | None = Field(max_length=LONGEST_KEY)
    configured: bool = False


class _Kept(_Event):
    checkpoint: str = Field(pattern=CHECKPOINT)


def check_events(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Raise BytesRefusedError, with the field, if an event in the journal ``path`` is not in tlzoo's format.

    Unknown kinds of events, such as those of later versions, are ignored.
    """
    for record in records:
        event = record.get("event")
        try:
            if not isinstance(event, str):
                raise _damaged(path, "a line has no event")
            if event in _shapes():
                _shapes()[event].validate_python(record)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise _damaged(path, f"{where} of event {event!r}: {first['msg']}") from error


@cache
def _shapes() -> Mapping[str, TypeAdapter[Any]]:
    from tlzoo.strategies import PhaseResult
    from tlzoo.training import Plan

    class Planned(_Event):
        model_config = ConfigDict(strict=False)
        position: int
        digest: str
        plan: Plan

    class Result(_Event):
        model_config = ConfigDict(strict=False)
        position: int
        result: PhaseResult
        sha256: str | None = None

        @field_validator("result")
        @classmethod
        def _names_a_checkpoint(cls, value: PhaseResult) -> PhaseResult:
            if not re.fullmatch(CHECKPOINT, value.checkpoint):
                raise ValueError(f"{value.checkpoint!r} is not a valid checkpoint name")
            return value

    shapes: dict[str, type[_Event]] = {
        "data": Data,
        "target": _Target,
        "backbone": Backbone,
        "plan": Planned,
        "result": Result,
        "probe": _Probe,
        "told": _Told,
        "left out": _LeftOut,
        "failed": _Failed,
        "memory": _Memory,
        "kept": _Kept,
        "callbacks": _Callbacks,
        "tracker": _Tracker,
    }
    return {name: TypeAdapter(shape) for name, shape in shapes.items()}


def _damaged(path: Path, why: str) -> BytesRefusedError:
    return BytesRefusedError(f"{path} is damaged: {why}", "restore the file, or train again")
