"""Finished run set: its runs and their mean, spread and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tlzoo.errors import BytesRefusedError, RunError, TlzooError
from tlzoo.printable import printable
from tlzoo.runs.files.collection import check_hashes
from tlzoo.runs.files.result import read_result
from tlzoo.runs.notebook import RunReport
from tlzoo.runs.run import Run
from tlzoo.runs.run_sets.folder import RESTORE, RunSetFolder, is_run_set, members, read_set
from tlzoo.tabular import Table, Tabular, number_text

__all__ = ["RunSet", "find_run_sets"]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)

    seed: int
    fold: str | None
    test: dict[str, float | None]
    seconds: float


class _SetResult(BaseModel):
    """Fields of ``result.json`` of a set, with their types."""

    model_config = ConfigDict(strict=True)

    backbone: str
    data: str
    strategy: str
    head: str | None
    augment: str | None = None
    weights: str | None
    seed: int
    seconds: float
    test_split: str | None
    seeds: list[int] | None
    folds: int | None
    method: str
    runs: list[_Row]
    units: dict[str, str]
    mean: dict[str, float | None]
    spread: dict[str, float | None]
    interval: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)] | None]


@dataclass(frozen=True, repr=False)
class RunSet(Tabular):
    """A finished run set: several runs of one recipe that differ in the seed or in the fold.

    >>> runs = tlzoo.train("images:photos/", backbone="glyphnet", strategy="feature-extraction", seeds=2)
    >>> interval = runs.interval["accuracy"]  # None if both runs have the same accuracy
    >>> interval is None or interval[0] <= runs.mean["accuracy"] <= interval[1]
    True

    Args:
        path: Folder of the set.
    """

    path: Path

    def __post_init__(self) -> None:
        """Accept the folder as a string, too."""
        object.__setattr__(self, "path", Path(self.path))

    def __fspath__(self) -> str:
        """Return the folder, so that a set may be given wherever its path may."""
        return str(self.path)

    def __repr__(self) -> str:
        """Return the table as text; for an unfinished or damaged set, its folder and the reason."""
        try:
            return super().__repr__()
        except (TlzooError, OSError) as error:
            return printable(f"<run set: {error}>", one_line=True)

    def _repr_html_(self) -> str:
        try:
            return super()._repr_html_()
        except (TlzooError, OSError) as error:
            return f"<p>{escape(printable(str(error)))}</p>"

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return the output of ``tlzoo train --seeds N --json``; raise RunError for an unfinished set."""
        file = RunSetFolder(self.path).result
        if not file.is_file():
            raise RunError(f"{self.path} is not finished", f"resume it with `tlzoo resume {self.path}`")
        check_hashes(self.path, RESTORE)
        result = read_result(file)
        try:
            known = _SetResult.model_validate(result)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise BytesRefusedError(f"{file} is damaged: {where}: {first['msg']}", RESTORE) from error
        names = known.units.keys()
        of_runs = all(row.test.keys() >= names for row in known.runs) and len(known.runs) == len(self.runs)
        if not (of_runs and names == known.mean.keys() == known.spread.keys() == known.interval.keys()):
            raise BytesRefusedError(f"{file} is damaged: it does not have the runs of this set", RESTORE)
        rows = [row | {"run": str(run.path)} for row, run in zip(result["runs"], self.runs, strict=True)]
        report = RunSetFolder(self.path).report
        return result | {"folder": str(self.path), "runs": rows, "report": str(report)}

    @cached_property
    def runs(self) -> Sequence[Run]:
        """The runs, in the order of their seeds or folds. Those of an unfinished set may not be trained yet."""
        known = read_set(self.path)
        folder = RunSetFolder(self.path).runs
        return tuple(Run(folder / each.name) for each in members(known.recipe, known.seeds, known.folds))

    @property
    def mean(self) -> Mapping[str, float | None]:
        """The mean of each test metric over the runs; None if a run has no value."""
        found: Mapping[str, float | None] = self.result["mean"]
        return found

    @property
    def spread(self) -> Mapping[str, float | None]:
        """The sample standard deviation of each test metric over the runs."""
        found: Mapping[str, float | None] = self.result["spread"]
        return found

    @property
    def interval(self) -> Mapping[str, Sequence[float] | None]:
        """The 95 % confidence interval of each mean: see ``tlzoo.evaluation.mean_interval``; None if undefined."""
        found: Mapping[str, Sequence[float] | None] = self.result["interval"]
        return found

    @property
    def report(self) -> RunReport:
        """The report of the set: ``open()`` opens it in a browser, and a notebook displays it."""
        return RunReport(RunSetFolder(self.path).report)

    def to_records(self) -> list[dict[str, Any]]:
        """Return seed, fold, test metrics and duration in seconds of each run."""
        return [
            {"run": each["run"], "seed": each["seed"], "fold": each["fold"]}
            | each["test"]
            | {"seconds": each["seconds"]}
            for each in self.result["runs"]
        ]

    def table(self) -> Table:
        """Return the metrics of each run, and their mean, spread and interval."""
        result = self.result
        names = list(result["mean"])
        which = "seed" if result["seeds"] is not None else "fold"
        rows = [[str(each[which]), *(number_text(each["test"][name]) for name in names)] for each in result["runs"]]
        rows += [[title, *(number_text(result[title][name]) for name in names)] for title in ("mean", "spread")]
        intervals = [result["interval"][name] for name in names]
        rows.append(
            ["95 % interval", *("-" if each is None else " to ".join(map(number_text, each)) for each in intervals)]
        )
        return Table([which, *names], rows, frozenset(names))


def find_run_sets(parent: Path) -> Sequence[RunSet]:
    """Return the run sets directly under a folder.

    Args:
        parent: The folder.

    Returns:
        The sets, newest last.
    """
    if not parent.is_dir():
        return []
    return [RunSet(path) for path in sorted(parent.iterdir()) if is_run_set(path)]
