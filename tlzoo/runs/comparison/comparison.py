"""The result of a comparison of runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.runs.comparison.changes import Changes
from tlzoo.runs.comparison.differences import FigureDifference, Figures
from tlzoo.tabular import Table, Tabular

if TYPE_CHECKING:
    from tlzoo.runs.comparison.compared_run import ComparedRun
    from tlzoo.tasks import Measure

__all__ = ["Group", "RunComparison"]

_SHOWN_PAIRS = 6


@dataclass(frozen=True, slots=True)
class Group:
    """The test samples with one ``value`` of a column, and their figures."""

    value: str
    count: int
    figures: Figures


@dataclass(frozen=True, repr=False, eq=False)
class RunComparison(Tabular):
    """Runs compared on the same test samples.

    ``recipe`` has the recipe fields that differ, with a value for each run. ``figures`` has all figures and their
    paired differences; ``groups`` those of the subgroups by the column ``by``. ``changes`` are the samples with
    different answers, ``costs`` time, size and memory of each run.
    """

    runs: Sequence[ComparedRun]
    recipe: Mapping[str, Sequence[Any]]
    figures: Figures
    changes: Changes
    costs: Sequence[Mapping[str, Any]]
    by: str | None = None
    groups: Sequence[Group] = ()

    @property
    def score(self) -> Measure:
        """The score of the task, by which runs are judged."""
        return self.figures.measures[0]

    @property
    def samples(self) -> int:
        """The number of test samples."""
        return self.runs[0].outcomes.count

    @property
    def order(self) -> list[int]:
        """The positions of the runs, the best score first."""
        sign = 1 if self.score.is_loss else -1
        return sorted(range(len(self.runs)), key=lambda at: (sign * self.figures.values[at, 0], at))

    @property
    def differences(self) -> list[FigureDifference]:
        """The paired differences in the score."""
        return [each for each in self.figures.differences if each.measure is self.score]

    @property
    def shown_pairs(self) -> set[tuple[str, str]]:
        """The pairs of runs to display: all, or those with the best run if there are many."""
        pairs = {(each.first, each.second) for each in self.differences}
        best = self.runs[self.order[0]].letter
        return pairs if len(pairs) <= _SHOWN_PAIRS else {each for each in pairs if best in each}

    @property
    def verdict(self) -> str:
        """The paired differences in the score in words."""
        shown = self.shown_pairs
        return "; ".join(each.verdict for each in self.differences if (each.first, each.second) in shown)

    def to_records(self) -> list[dict[str, Any]]:
        """Return folder, differing recipe fields, figures and costs of each run."""
        return [
            {"run": str(each.run.path)}
            | {name: values[at] for name, values in self.recipe.items()}
            | self._figures_of(at)
            | dict(self.costs[at])
            for at, each in enumerate(self.runs)
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the output of ``tlzoo runs compare --json``."""
        return {
            "runs": [
                {
                    "name": each.letter,
                    "run": str(each.run.path),
                    "backbone": each.recipe.backbone,
                    "strategy": each.recipe.strategy.name,
                    "seed": each.recipe.seed,
                    "test": self._figures_of(at),
                    **self.costs[at],
                }
                for at, each in enumerate(self.runs)
            ],
            "recipe": {name: list(values) for name, values in self.recipe.items()},
            "data": self.runs[0].recipe.data,
            "samples": self.samples,
            "score": self.score.name,
            "differences": [each.to_json() for each in self.figures.differences if each.measure.row is None],
            "verdict": self.verdict,
            "rows": _rows_json(self.figures),
            "by": self.by,
            "groups": [
                {"value": each.value, "samples": each.count, "figures": _figures_json(each.figures, None)}
                for each in self.groups
            ],
            "changes": self.changes.count,
            "changed": [each.to_json() for each in self.changes.samples],
        }

    def table(self) -> Table:
        """Return the score and the costs of each run; the caption is the verdict."""
        from tlzoo.tabular import number_text

        records = self.to_records()
        names = list(records[0])
        rows = [[number_text(each[name]) if each[name] is not None else "-" for name in names] for each in records]
        return Table(names, rows, frozenset(self._figures_of(0)) | frozenset(self.costs[0]), self.verdict)

    def _figures_of(self, at: int) -> dict[str, float | None]:
        values = zip(self.figures.measures, self.figures.values[at], strict=True)
        return {measure.name: _finite(value) for measure, value in values if measure.row is None}


def _rows_json(figures: Figures) -> list[dict[str, Any]]:
    return [{"name": row, "figures": _figures_json(figures, row)} for row in figures.of_rows()]


def _figures_json(figures: Figures, row: str | None) -> list[dict[str, Any]]:
    """Return the measures of a class or target, or of all samples, with values and differences."""
    return [
        {
            "figure": measure.name,
            "values": [_finite(value) for value in figures.values[:, at]],
            "differences": [
                {name: value for name, value in each.to_json().items() if name not in {"figure", "verdict"}}
                for each in figures.differences
                if each.measure is measure
            ],
        }
        for at, measure in enumerate(figures.measures)
        if measure.row == row
    ]


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
