"""Many trainings in one process: notes and messages that each of them would repeat."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tlzoo.progress import EpochProgress, Progress

__all__ = ["Once", "Quiet", "quick_collection", "without_retracing_advice"]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Shows progress without notes: notes of a trial repeat those from the first opening of the recipe."""

    progress: Progress

    def track(self, what: str, total: int, unit: str) -> Any:
        """Show the progress."""
        return self.progress.track(what, total, unit)

    def note(self, text: str) -> None:
        """Ignore the note."""


@dataclass(frozen=True, slots=True)
class Once:
    """Shows progress, and each note once: the runs of one recipe have most notes in common."""

    progress: Progress
    shown: set[str] = field(default_factory=set)

    def track(self, what: str, total: int, unit: str) -> Any:
        """Show the progress."""
        return self.progress.track(what, total, unit)

    def note(self, text: str) -> None:
        """Show the note unless it was shown before."""
        if text not in self.shown:
            self.shown.add(text)
            self.progress.note(text)

    def epoch(self, phase: str, epoch: int, figures: Mapping[str, Any]) -> None:
        """Pass on the figures of a finished epoch."""
        if isinstance(self.progress, EpochProgress):
            self.progress.epoch(phase, epoch, figures)


@contextmanager
def without_retracing_advice() -> Iterator[None]:
    """Suppress TensorFlow's advice against retracing, which many trainings in one process trigger."""
    logger = logging.getLogger("tensorflow")

    def wanted(record: logging.LogRecord) -> bool:
        return "tf.function retracing" not in record.getMessage()

    logger.addFilter(wanted)
    try:
        yield
    finally:
        logger.removeFilter(wanted)


@contextmanager
def quick_collection() -> Iterator[None]:
    """Make ``gc.collect`` within the block ignore what exists before it, such as TensorFlow's million objects.

    Networks have reference cycles, so each training of many is followed by a collection.
    """
    if gc.get_freeze_count():  # the user's own, which is kept
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
