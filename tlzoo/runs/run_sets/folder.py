"""Folder of a run set, validated as untrusted files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, model_validator

from tlzoo.errors import UsageError
from tlzoo.runs.files.collection import Described, read_document
from tlzoo.runs.files.paths import SET
from tlzoo.runs.recipe import Recipe

__all__ = [
    "DOCUMENT",
    "MOST_RUNS",
    "RESTORE",
    "Member",
    "RunSetFolder",
    "SetDescription",
    "is_run_set",
    "members",
    "read_set",
]

DOCUMENT = SET
MOST_RUNS = 1000
RESTORE = "restore the original folder, or train again"


@dataclass(frozen=True, slots=True)
class RunSetFolder:
    """Paths within the folder of a run set."""

    path: Path

    @property
    def document(self) -> Path:
        """set.json: the recipe and the number of seeds or folds."""
        return self.path / DOCUMENT

    @property
    def runs(self) -> Path:
        """Folder with the runs."""
        return self.path / "runs"

    @property
    def result(self) -> Path:
        """result.json, once all runs are finished."""
        return self.path / "result.json"

    @property
    def report(self) -> Path:
        """The report of the set, an HTML page."""
        return self.path / "report.html"


class SetDescription(Described):
    """``set.json``: the recipe, and the number of seeds or folds."""

    seeds: int | None = Field(default=None, ge=2, le=MOST_RUNS)
    folds: int | None = Field(default=None, ge=2, le=MOST_RUNS)

    @model_validator(mode="after")
    def _is_a_set(self) -> SetDescription:
        if (self.seeds is None) == (self.folds is None):
            raise ValueError("it must have seeds or folds")
        return self


@dataclass(frozen=True, slots=True)
class Member:
    """One run of a set: the name of its folder, and its recipe."""

    name: str
    recipe: Recipe


def members(recipe: Recipe, seeds: int | None, folds: int | None) -> Iterator[Member]:
    """Yield the runs of a set: seeds count up from that of the recipe, folds from 1.

    Raises UsageError unless there are seeds or folds, from 2 to 1,000.
    """
    if (seeds is None) == (folds is None):
        raise UsageError("give either seeds or folds", "folds share one seed; seeds share no folds")
    what, count = ("seeds", seeds) if seeds is not None else ("folds", folds or 0)
    if not 2 <= count <= MOST_RUNS:  # noqa: PLR2004
        raise UsageError(f"{what} must be from 2 to {MOST_RUNS}; got {count}", f"for one run, leave out {what}")
    for number in range(count):
        if seeds is not None:
            seed = recipe.seed + number
            yield Member(f"seed-{seed}", recipe.model_copy(update={"seed": seed}))
        else:
            yield Member(f"fold-{number + 1}", recipe.model_copy(update={"fold": f"{number + 1}/{count}"}))


def is_run_set(path: Path) -> bool:
    """Return whether a folder contains a run set.

    Args:
        path: The folder.

    Returns:
        True if it does.
    """
    return RunSetFolder(path).document.is_file()


def read_set(path: Path) -> SetDescription:
    """Return the content of ``set.json`` after verifying the folder.

    Raises BytesRefusedError for links, changed files, and documents that are not in tlzoo's format.
    """
    return read_document(RunSetFolder(path).document, SetDescription, RESTORE)
