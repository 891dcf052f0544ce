"""The Tracker contract: parameters, figures, files and the report of a run go elsewhere while it trains."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, PrivateAttr

__all__ = ["TrackedRun", "Tracker"]


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run as trackers see it.

    ``name`` is the name of its ``folder``. ``parameters`` are the fields of its resolved recipe, as plain values:
    ``strategy`` with ``strategy.rate`` and so on.
    """

    name: str
    folder: Path
    parameters: Mapping[str, str | int | float | bool]


class Tracker(BaseModel, ABC):
    """Sends what happens in a run elsewhere. The hook ``tlzoo_trackers`` returns its class; its fields are options.

    Methods are called in this order: ``start``, ``log_epoch`` after every epoch of every phase, ``log_result`` and
    ``log_file`` at the end, and ``finish``. An error that one raises is reported once; the run goes on without the
    tracker. Import what it needs inside the methods, so that listing trackers is quick.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """The name that ``--tracker`` takes."""

    _state: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def state(self) -> dict[str, Any]:
        """What the tracker keeps between its methods: clients, writers, ids."""
        return self._state

    @abstractmethod
    def start(self, run: TrackedRun, key: str | None) -> str | None:
        """Begin to track a run, or go on with it; return the key of the tracked run.

        ``key`` is what this returned when the run began, None for a new run. It is kept in the run's folder, so that a
        resumed run goes on in the same tracked run. Without a key of its own a tracker returns None.
        """

    @abstractmethod
    def log_epoch(self, phase: str, epoch: int, step: int, figures: Mapping[str, float]) -> None:
        """Log the figures of an epoch, counted from 1 within its phase; ``step`` counts from 1 over all phases."""

    def log_result(self, figures: Mapping[str, float]) -> None:
        """Log the figures of the test split: ``{"test_accuracy": 0.93}``."""

    def log_file(self, path: Path, kind: str) -> None:
        """Log a file: ``kind`` is ``recipe``, ``model``, ``report`` or ``result``."""

    def finish(self, status: str) -> None:
        """End tracking. ``status`` is ``finished``, ``interrupted`` or ``failed``; a run may be resumed after these."""
