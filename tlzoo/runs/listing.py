"""Runs and run sets of a folder as a sequence that displays as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, overload

from tlzoo.progress import Progress, Silent
from tlzoo.runs.records import flat_record, run_record, set_record
from tlzoo.runs.run import Run
from tlzoo.runs.run_sets.result import RunSet
from tlzoo.tabular import Table, Tabular, columns_of, number_text

__all__ = ["Runs"]


@dataclass(frozen=True, repr=False)
class Runs(Tabular, Sequence[Run]):
    """Runs, newest last.

    ``sets`` are the run sets of the folder. They have rows in the table, but they are not items of the sequence.
    """

    runs: tuple[Run, ...]
    sets: tuple[RunSet, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | Sequence[Run]:
        """Return the run at a position, or a table of the runs in a slice."""
        return Runs(self.runs[index]) if isinstance(index, slice) else self.runs[index]

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.runs)

    def to_records(self) -> list[dict[str, Any]]:
        """Return path, state, recipe values and headline metrics of each run and run set; ``error`` if it is damaged.

        The metrics of a set are means over its ``runs``.
        """
        records = [*map(run_record, self.runs), *map(set_record, self.sets)]
        return sorted(map(flat_record, records), key=lambda each: str(each["run"]))

    def write_page(self, path: str | PathLike[str], *, progress: Progress | None = None) -> None:
        """Write the runs and run sets as one HTML page: `tlzoo runs compare --html`.

        The table sorts and filters; the row of a run set has means with intervals. Learning curves have common axes,
        and runs with the same test samples are compared. Raises UsageError if there is no run, or the file cannot be
        written.
        """
        from tlzoo.runs.comparison.page import write_runs_page

        write_runs_page(Path(path), self.runs, progress or Silent(), self.sets)

    def table(self) -> Table:
        """Return the records as text."""
        records = self.to_records()
        names = columns_of(records) or ["run"]
        numbers = {name for each in records for name, value in each.items() if isinstance(value, float)}
        rows = [["" if name not in each else number_text(each[name]) for name in names] for each in records]
        return Table(names, rows, frozenset(numbers), "" if records else "no runs")
