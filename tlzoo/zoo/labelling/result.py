"""The result of `tlzoo data next`: the chosen samples, as a table, JSON, CSV and an HTML page."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from tlzoo.files.atomic import write_text
from tlzoo.files.output_file import check_file

if TYPE_CHECKING:
    from tlzoo.tasks import DescribedAnswer

__all__ = ["Candidate", "ToLabel"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sample to label: its name and position in the pool, and the prediction.

    ``probability`` is that of the predicted class, ``uncertainty`` the highest probability that a class is predicted
    wrongly. Both are None for tasks without probabilities.
    """

    sample: str
    index: int
    predicted: str
    probability: float | None
    uncertainty: float | None

    @classmethod
    def of(cls, sample: str, index: int, answer: DescribedAnswer, uncertainty: float | None) -> Candidate:
        """Return a candidate with its prediction."""
        return cls(sample, index, answer.label, answer.probability, uncertainty)


@dataclass(frozen=True)
class ToLabel(Sequence[Candidate]):
    """The samples of a pool to label next, the most uncertain first.

    ``left_out`` counts the samples of the pool that are in the run's data, or repeated in the pool. ``method`` is
    ``"uncertainty and diversity"``, or ``"diversity"`` for tasks without uncertainty.
    """

    run: str
    pool: str
    pool_samples: int
    left_out: int
    method: str
    samples: tuple[Candidate, ...]

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
        return asdict(self) | {"samples": [asdict(each) for each in self.samples]}

    def write_csv(self, path: str | Path) -> None:
        """Write one row a sample, with an empty column ``label`` to fill in.

        Raises UsageError if the folder does not exist.
        """
        path = Path(path)
        check_file(path, "next.csv")
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("sample", "label", "predicted", "probability", "uncertainty"))
        for each in self.samples:
            figures = ("" if value is None else f"{value:.4f}" for value in (each.probability, each.uncertainty))
            writer.writerow((each.sample, "", each.predicted, *figures))
        write_text(path, stream.getvalue())
