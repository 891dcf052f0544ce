"""Tuning folder, validated as untrusted files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from tlzoo.data import MOST_FOLDS
from tlzoo.runs.files.collection import Described, read_document
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.runs.files.paths import TUNING

__all__ = ["ABOUT", "RESTORE", "STUDY", "About", "TuningFolder", "read_about"]

ABOUT, STUDY = TUNING, "study.jsonl"
RESTORE = "restore the original folder, or tune again"


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
    def nested(self) -> Path:
        """Folder with the searches of nested folds."""
        return self.path / "nested"

    @property
    def result(self) -> Path:
        """result.json, once the search is finished."""
        return self.path / "result.json"


class About(Described):
    """``tuning.json``: the search space, the recipe and the limits."""

    space: dict[str, str]
    trials: int | None = None
    budget: float | None = None
    nested: int | None = Field(default=None, ge=2, le=MOST_FOLDS)


def read_about(folder: Path) -> About:
    """Return the content of ``tuning.json`` after verifying the folder.

    Raises BytesRefusedError for links, changed files, and documents that are not in tlzoo's format.
    """
    about = read_document(folder / ABOUT, About, RESTORE)
    MetricsFile(folder / STUDY)  # JSON Lines
    return about
