"""Layout of a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["SET", "TUNING", "RunPaths"]

SET, TUNING = "set.json", "tuning.json"
"""Documents of folders with several runs: a run set, and a search."""


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Paths within a run folder."""

    path: Path

    @property
    def recipe(self) -> Path:
        """The resolved recipe."""
        return self.path / "recipe.toml"

    @property
    def journal(self) -> Path:
        """Phases, plans and results."""
        return self.path / "journal.jsonl"

    @property
    def metrics(self) -> Path:
        """Metrics of every epoch."""
        return self.path / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Weights after each phase."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The Keras model, from preprocessed samples to probabilities."""
        return self.path / "model.keras"

    @property
    def serving(self) -> Path:
        """The SavedModel, from raw input to probabilities and labels."""
        return self.path / "serving"

    @property
    def exports(self) -> Path:
        """Files in other formats, a folder each."""
        return self.path / "exports"

    @property
    def report(self) -> Path:
        """The report, an HTML page."""
        return self.path / "report.html"

    @property
    def environment(self) -> Path:
        """Versions and hardware."""
        return self.path / "environment.json"

    @property
    def decision(self) -> Path:
        """What was fitted after training, such as a calibration or decision thresholds."""
        return self.path / "decision.json"

    @property
    def result(self) -> Path:
        """Output of ``train --json``; it exists once the run is complete."""
        return self.path / "result.json"

    @property
    def set_aside(self) -> Path:
        """Unreadable inputs, with reasons."""
        return self.path / "set-aside.jsonl"

    @property
    def tensorboard(self) -> Path:
        """Metrics of every epoch for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def answers(self) -> Path:
        """Answers to the test samples, as far as runs are compared by them."""
        return self.path / "answers.npz"
