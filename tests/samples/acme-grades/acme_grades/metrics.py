"""Metrics of grades: quadratic kappa and mean distance in grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tlzoo.tasks import Figure, ReportSection, Score


@dataclass(frozen=True, slots=True)
class GradeMetrics:
    """``quadratic_kappa`` is 1 for perfect grades and 0 for chance; ``off`` is the mean distance in grades."""

    examples: int
    quadratic_kappa: float
    off: float
    per_class: Mapping[str, Mapping[str, float]]
    row_title: ClassVar[str] = "grade"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates", "Test examples that are the most grades off."
    )

    @property
    def score(self) -> Score:
        return Score("quadratic kappa", self.quadratic_kappa)

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (
            Figure("quadratic_kappa", "quadratic kappa", self.quadratic_kappa),
            Figure("off", "grades off", self.off),
            Figure("examples", "examples", self.examples, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        return {name: (Figure("recall", "recall", each["recall"], "share"),) for name, each in self.per_class.items()}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def quadratic_kappa(labels: np.ndarray, grades: np.ndarray, classes: int) -> float:
    """Return Cohen's kappa with quadratic weights; 0 if it is not defined."""
    distances = np.square(np.subtract.outer(np.arange(classes), np.arange(classes)))
    true, found = (np.bincount(each, minlength=classes) / len(labels) for each in (labels, grades))
    expected = (np.outer(true, found) * distances).sum()
    return float(1 - np.square(labels - grades).mean() / expected) if expected else 0.0


def grade_metrics(labels: np.ndarray, answers: np.ndarray, classes: tuple[str, ...]) -> GradeMetrics:
    """Return the metrics of probabilities (N, classes)."""
    grades = answers.argmax(axis=1)
    recalls = {
        name: {"recall": float((grades[labels == at] == at).mean()) if (labels == at).any() else 0.0}
        for at, name in enumerate(classes)
    }
    kappa = quadratic_kappa(labels, grades, len(classes))
    return GradeMetrics(len(labels), kappa, float(np.abs(labels - grades).mean()), recalls)
