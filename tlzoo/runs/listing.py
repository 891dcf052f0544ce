"""Runs of a folder as a sequence that displays as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from tlzoo.errors import TlzooError
from tlzoo.runs.run import Run
from tlzoo.tabular import Table, Tabular, columns_of, number_text

__all__ = ["Runs"]

_KEYS = ("backbone", "data", "strategy", "head", "seed", "seconds")


@dataclass(frozen=True, repr=False)
class Runs(Tabular, Sequence[Run]):
    """Runs, newest last."""

    runs: tuple[Run, ...]

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
        """Return path, state, recipe values and headline metrics of each run; ``error`` if it is damaged."""
        return [_record(run) for run in self.runs]

    def table(self) -> Table:
        """Return the records as text."""
        records = self.to_records()
        names = columns_of(records) or ["run"]
        numbers = {name for each in records for name, value in each.items() if isinstance(value, float)}
        rows = [["" if name not in each else number_text(each[name]) for name in names] for each in records]
        return Table(names, rows, frozenset(numbers), "" if records else "no runs")


def _record(run: Run) -> dict[str, Any]:
    from tlzoo.errors import RunError
    from tlzoo.evaluation import headline

    try:
        result = run.result
        figures = headline(result.get("test", {}), result.get("task"))
    except RunError:
        return {"run": str(run.path), "finished": False}
    except (TlzooError, ValueError, OSError) as error:
        return {"run": str(run.path), "finished": False, "error": str(error)}
    return {"run": str(run.path), "finished": True} | {key: result.get(key) for key in _KEYS} | figures
