"""Metrics of finished epochs for a progress display."""

from __future__ import annotations

from typing import Any

from tlzoo.progress import EpochProgress, Progress

__all__ = ["EpochLines"]

_PLACE = ("position", "phase", "epoch")


class EpochLines:
    """A listener of ``MetricsFile`` that passes each line to ``progress.epoch``, if this method exists."""

    def __init__(self, progress: Progress) -> None:
        """Store the progress."""
        self._progress = progress if isinstance(progress, EpochProgress) else None

    def __call__(self, figures: dict[str, Any]) -> None:
        """Show the metrics of one epoch."""
        if self._progress is not None:
            shown = {name: value for name, value in figures.items() if name not in _PLACE}
            self._progress.epoch(str(figures["phase"]), int(figures["epoch"]), shown)
