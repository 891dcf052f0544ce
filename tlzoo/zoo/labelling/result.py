"""The result of `tlzoo data next`: the chosen samples, as a table, JSON, CSV and an HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, overload

from tlzoo.files.output_file import check_file
from tlzoo.files.table_file import text_cell, write_rows
from tlzoo.tabular import Table, Tabular

__all__ = ["Candidate", "ToLabel"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sample to label: its name and position in the pool, its text if it is one, and the prediction.

    ``predicted`` is None for answers that are not numbers, such as masks. ``probability`` is that of the predicted
    class, None if a sample may have several. ``uncertainty`` is the highest probability that a class is predicted
    wrongly, None for tasks without probabilities.
    """

    sample: str
    index: int
    text: str | None
    predicted: str | None
    probability: float | None
    uncertainty: float | None


_FIGURES = ("probability", "uncertainty")


@dataclass(frozen=True, repr=False)
class ToLabel(Tabular, Sequence[Candidate]):
    """The samples of a pool to label next; it displays as a table.

    The most uncertain sample is first; without uncertainty, they are in the order of the pool. ``left_out`` counts the
    samples of the pool that are in the run's data, or repeated in the pool. ``method`` is ``"uncertainty and
    diversity"``, or ``"diversity"`` for tasks without uncertainty.
    """

    run: str
    pool: str
    pool_samples: int
    left_out: int
    method: str
    samples: tuple[Candidate, ...]

    def table(self) -> Table:
        """Return the displayed cells."""
        columns = ("sample", "predicted", *_FIGURES)
        rows = [(each.sample, each.predicted or "", *_figures(each, 2)) for each in self.samples]
        return Table(columns, rows, frozenset(_FIGURES))

    def to_records(self) -> list[dict[str, Any]]:
        """Return the samples as plain values."""
        return [asdict(each) for each in self.samples]

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | Sequence[Candidate]:
        """Return one sample, or some."""
        return self.samples[index]

    def __len__(self) -> int:
        """Return the number of chosen samples."""
        return len(self.samples)

    def as_json(self) -> dict[str, Any]:
        """Return what ``tlzoo data next --json`` prints."""
        return asdict(self) | {"samples": self.to_records()}

    def save(self, path: str | Path) -> None:
        """Write one row a sample, with an empty column ``label`` to fill in.

        Raises UsageError if the folder does not exist.
        """
        path = Path(path)
        check_file(path, "next.csv")
        rows: list[tuple[str, ...]] = [("sample", "index", "text", "label", "predicted", *_FIGURES)]
        for each in self.samples:
            sample, text, predicted = map(text_cell, (each.sample, each.text or "", each.predicted or ""))
            rows.append((sample, str(each.index), text, "", predicted, *_figures(each, 4)))
        write_rows(path, rows)


def _figures(candidate: Candidate, digits: int) -> tuple[str, ...]:
    values = (candidate.probability, candidate.uncertainty)
    return tuple("" if value is None else f"{value:.{digits}f}" for value in values)
