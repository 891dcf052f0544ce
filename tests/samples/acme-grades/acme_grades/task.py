"""The task of grades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from acme_grades.criterion import CumulativeCriterion
from acme_grades.metrics import GradeMetrics
from tlzoo.tasks import Classification


@dataclass(frozen=True, slots=True)
class Grades(Classification):
    """Classification of ordered classes. Outputs are the logits of being above each class except the last."""

    kind: ClassVar[str] = "acme-grades"
    class_logits: ClassVar[bool] = False
    calibrations: ClassVar = ("none",)
    balances: ClassVar = ("none", "class-weights", "oversample", "undersample")
    score_unit: ClassVar = "number"
    metrics_key: ClassVar[str] = "quadratic_kappa"

    @property
    def outputs(self) -> int:
        """Return the number of classes minus one."""
        return len(self.classes) - 1

    def criterion(self, labels, options, facts):
        """Return the cross-entropy of each threshold."""
        return CumulativeCriterion(self.classes)

    def score_name(self, balance) -> str:
        """Return the quadratic kappa."""
        return "quadratic kappa"

    @classmethod
    def read_metrics(cls, values):
        """Return the metrics that ``to_json`` wrote."""
        return GradeMetrics(**values)

    def mistakes(self, labels, answers, metrics, trained):
        """Return wrong predictions, sorted by their distance in grades."""
        off = abs(answers.argmax(axis=1) - labels)
        return off.nonzero()[0], off[off > 0]
