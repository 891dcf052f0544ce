"""Metrics of classification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks.curves import Curves, class_curves
from tlzoo.tasks.metrics import Figure, ReportSection, Score
from tlzoo.tasks.reliability import Reliability, reliability
from tlzoo.tasks.standard_errors import error_of_shares, wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ClassMetrics", "ClassificationMetrics", "classification_metrics"]


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class: shares from 0 to 1, and ``support``, the number of examples with this true class."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class ClassificationMetrics:
    """Metrics over a number of labelled ``examples``.

    Shares are from 0 to 1. Macro averages are over classes with at least one label or prediction, as
    in scikit-learn; a share of nothing is 0. ``accuracy_interval`` is the 95 % interval of the accuracy, ``log_loss``
    is in nats, ``per_class`` is in the order of the classes, and ``confusion[i][j]`` counts samples of class i
    predicted as class j. ``standard_error`` is that of the accuracy. ``reliability`` compares the probability of each
    predicted class with the accuracy, ``curves`` has the areas under the curves of each class against the others.
    """

    examples: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    macro_precision: float
    macro_recall: float
    weighted_f1: float
    log_loss: float
    per_class: Mapping[str, ClassMetrics]
    confusion: Sequence[Sequence[int]]
    standard_error: float = math.nan
    reliability: Reliability = field(default_factory=Reliability)
    curves: Curves = field(default_factory=Curves)
    row_title: ClassVar[str] = "class"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates", "Test examples with the lowest probability of their true class."
    )

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the rows of ``confusion``."""
        return tuple(self.per_class)

    @property
    def confusions(self) -> list[tuple[int, str, str]]:
        """Count, true and predicted class of each confused pair of classes, the most frequent first."""
        names = self.classes
        pairs = [
            (count, names[i], names[j])
            for i, row in enumerate(self.confusion)
            for j, count in enumerate(row)
            if i != j and count
        ]
        return sorted(pairs, key=lambda pair: -pair[0])

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall over classes with examples: the score of a run with ``balance``."""
        recalls = [each.recall for each in self.per_class.values() if each.support]
        return sum(recalls) / len(recalls)

    @property
    def score(self) -> Score:
        """The accuracy."""
        return Score("accuracy", self.accuracy, self.standard_error)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Accuracy with its interval, balanced accuracy, macro F1, and the number of examples."""
        return (
            Figure("accuracy", "accuracy", self.accuracy, "share", self.accuracy_interval),
            Figure("balanced_accuracy", "balanced accuracy", self.balanced_accuracy, "share"),
            Figure("macro_f1", "macro F1", self.macro_f1, "share"),
            Figure("examples", "examples", self.examples, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        """Precision, recall, F1 and the number of examples of each class."""
        return {
            name: (
                Figure("precision", "precision", each.precision, "share"),
                Figure("recall", "recall", each.recall, "share"),
                Figure("f1", "F1", each.f1, "share"),
                Figure("support", "examples", each.support, "count"),
            )
            for name, each in self.per_class.items()
        }

    def baseline_note(self, split: str) -> str | None:
        """Return a note if the accuracy is no better than always predicting the most frequent class of the split."""
        counts = {name: each.support for name, each in self.per_class.items()}
        commonest = max(counts, key=lambda name: counts[name])
        share = counts[commonest] / max(1, sum(counts.values()))
        if self.accuracy > share or len([count for count in counts.values() if count]) == 1:
            return None
        return f"{split} accuracy {self.accuracy:.3f} is no better than always predicting {commonest!r} ({share:.3f})"

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ClassificationMetrics:
        """Return the metrics in a value of ``to_json``; NaN for figures that an earlier version did not write."""
        low, high = values["accuracy_interval"]
        per_class = {name: ClassMetrics(**each) for name, each in values["per_class"].items()}
        later = ("macro_precision", "macro_recall", "weighted_f1", "log_loss", "standard_error")
        return cls(
            examples=values["examples"],
            accuracy=values["accuracy"],
            accuracy_interval=(low, high),
            macro_f1=values["macro_f1"],
            per_class=per_class,
            confusion=values["confusion"],
            reliability=Reliability.from_json(values),
            curves=Curves.from_json(values),
            **{name: math.nan if values.get(name) is None else values[name] for name in later},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers, lists and dictionaries."""
        return {
            "examples": self.examples,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.accuracy_interval),
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "macro_precision": self.macro_precision,
            "macro_recall": self.macro_recall,
            "weighted_f1": self.weighted_f1,
            "log_loss": self.log_loss,
            "per_class": {
                name: {"precision": each.precision, "recall": each.recall, "f1": each.f1, "support": each.support}
                for name, each in self.per_class.items()
            },
            "confusion": [list(row) for row in self.confusion],
            "standard_error": self.standard_error,
            **self.reliability.to_json(),
            **self.curves.to_json(),
        }


def classification_metrics(
    labels: NDArray[np.integer[Any]], probabilities: NDArray[np.floating[Any]], classes: tuple[str, ...]
) -> ClassificationMetrics:
    """Compare labels (N,), indices of ``classes``, with probabilities (N, C); the largest is the prediction.

    Raises:
        DataError: If there are no labels or the shapes do not match.
        TrainingError: For probabilities that are not numbers.
    """
    import numpy as np
    from sklearn import metrics

    truth = np.asarray(labels)
    rows = np.asarray(probabilities, np.float64)
    _check(truth, rows, classes)
    predicted = rows.argmax(axis=1)
    every = np.arange(len(classes))
    confusion = metrics.confusion_matrix(truth, predicted, labels=every)
    scores = metrics.precision_recall_fscore_support(truth, predicted, labels=every, zero_division=0)
    precision, recall, f1, support = scores
    seen = np.flatnonzero(confusion.sum(axis=0) + confusion.sum(axis=1))
    correct = int(np.trace(confusion))
    return ClassificationMetrics(
        examples=len(truth),
        accuracy=correct / len(truth),
        accuracy_interval=wilson_interval(correct, len(truth)),
        macro_f1=float(f1[seen].mean()),
        macro_precision=float(precision[seen].mean()),
        macro_recall=float(recall[seen].mean()),
        weighted_f1=float(np.average(f1, weights=support)),
        log_loss=float(metrics.log_loss(truth, _distributions(rows), labels=every)),
        per_class={
            name: ClassMetrics(float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
            for i, name in enumerate(classes)
        },
        confusion=confusion.tolist(),
        standard_error=error_of_shares(np.array([correct / len(truth)]), np.array([len(truth)])),
        reliability=reliability(rows.max(axis=1, keepdims=True), (predicted == truth)[:, np.newaxis]),
        curves=class_curves(truth[:, np.newaxis] == every, rows, classes),
    )


def _distributions(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normalize rows to a sum of 1, as scikit-learn requires, which float32 rounding violates."""
    import numpy as np

    clipped = np.clip(probabilities, np.finfo(np.float32).tiny, 1.0)
    rows: NDArray[np.float64] = clipped / clipped.sum(axis=1, keepdims=True)
    return rows


def _check(labels: NDArray[Any], probabilities: NDArray[np.float64], classes: tuple[str, ...]) -> None:
    import numpy as np

    if not len(labels):
        raise DataError("there is no labelled example to evaluate on")
    if len(set(classes)) != len(classes) or not len(classes) > 1:
        raise DataError(f"a classifier needs two or more classes with different names; got {classes!r}")
    if labels.ndim != 1 or probabilities.shape != (len(labels), len(classes)):
        wanted = f"labels (N,) and probabilities (N, {len(classes)})"
        raise DataError(f"expected {wanted}; got {labels.shape} and {probabilities.shape}")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"labels must be 0 to {len(classes) - 1}; got {labels.min()} to {labels.max()}")
    if not np.isfinite(probabilities).all():
        raise TrainingError("the model's probabilities are NaN: training has diverged", "use a lower learning rate")
