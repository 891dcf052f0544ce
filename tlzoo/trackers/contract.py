"""The Tracker interface: parameters, metrics and files of a run are logged elsewhere during training."""

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
    """A run, as trackers receive it.

    ``name`` is the name of its ``folder``. ``parameters`` are the fields of its resolved recipe as plain values:
    ``strategy`` with ``strategy.rate`` and so on.
    """

    name: str
    folder: Path
    parameters: Mapping[str, str | int | float | bool]


class Tracker(BaseModel, ABC):
    """Base class of trackers. The hook ``tlzoo_trackers`` returns subclasses; their fields are options.

    Methods are called in this order: ``start``, ``log_epoch`` after every epoch of every phase, ``log_result`` and
    ``log_file`` at the end, and ``finish``. An error in one of them is reported once; the run continues without the
    tracker. The same happens if a method takes too long. All methods are called in one thread, which is not that of the
    run. Import heavy packages inside the methods, so that listing trackers is fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """Name for ``--tracker``."""

    seconds_to_answer: ClassVar[float] = 60.0
    """Time limit of a call. ``log_file`` has ten times as much, and an interrupted run waits at most 10 s."""

    _state: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def state(self) -> dict[str, Any]:
        """State that the tracker keeps between calls: clients, writers, ids."""
        return self._state

    @abstractmethod
    def start(self, run: TrackedRun, key: str | None) -> str | None:
        """Start tracking a run, or continue with a resumed one; return the key of the tracked run.

        ``key`` is the value returned when the run was started, or None for a new run. It is stored in the run folder,
        so that a resumed run continues the same tracked run. A tracker without keys returns None.
        """

    @abstractmethod
    def log_epoch(self, phase: str, epoch: int, step: int, figures: Mapping[str, float]) -> None:
        """Log the metrics of an epoch, counted from 1 within its phase; ``step`` counts from 1 over all phases."""

    def log_result(self, figures: Mapping[str, float]) -> None:
        """Log the metrics on the test split: ``{"test_accuracy": 0.93}``."""

    def log_file(self, path: Path, kind: str) -> None:
        """Log a file: ``kind`` is ``recipe``, ``model``, ``report`` or ``result``."""

    def finish(self, status: str) -> None:
        """Stop tracking. ``status`` is ``finished``, or ``interrupted`` or ``failed``: then the run may be resumed."""
