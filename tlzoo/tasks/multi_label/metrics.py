"""Metrics of multi-label classification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tlzoo.errors import DataError, TrainingError
from tlzoo.tasks.curves import Curves, class_curves
from tlzoo.tasks.metrics import Figure, ReportSection, Score
from tlzoo.tasks.reliability import Reliability, reliability
from tlzoo.tasks.standard_errors import error_by_jackknife
from tlzoo.tasks.thresholds import THRESHOLD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "LabelMetrics",
    "MultiLabelMetrics",
    "mean_average_precision",
    "multi_label_metrics",
]


@dataclass(frozen=True, slots=True)
class LabelMetrics:
    """One class: shares from 0 to 1, and ``support``, the number of positive examples.

    ``average_precision`` is None without positive examples. ``threshold`` is the decision threshold.
    """

    precision: float
    recall: float
    f1: float
    average_precision: float | None
    support: int
    threshold: float = THRESHOLD


@dataclass(frozen=True, slots=True)
class MultiLabelMetrics:
    """Metrics over a number of ``examples``; a class applies from the probability of its threshold.

    Shares are from 0 to 1. Macro averages are over classes with at least one positive label or prediction, the mean
    average precision over those with positive labels; a share of nothing is 0. ``exact`` is the share of examples with
    only correct labels; ``log_loss`` is in nats, the mean over examples and classes. ``standard_error`` is that of
    the mean average precision. ``reliability`` compares the probabilities of all classes with the frequency of labels,
    ``curves`` has the areas under the curves of each class.
    """

    examples: int
    micro_f1: float
    macro_f1: float
    macro_precision: float
    macro_recall: float
    mean_average_precision: float
    exact: float
    log_loss: float
    per_class: Mapping[str, LabelMetrics]
    standard_error: float = math.nan
    reliability: Reliability = field(default_factory=Reliability)
    curves: Curves = field(default_factory=Curves)
    row_title: ClassVar[str] = "class"
    report: ClassVar[ReportSection] = ReportSection(
        Path(__file__).parent / "templates",
        "Test examples with the most confident wrong label, missed or added.",
    )

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in order."""
        return tuple(self.per_class)

    @property
    def thresholds(self) -> tuple[float, ...]:
        """The decision threshold of each class, in order."""
        return tuple(each.threshold for each in self.per_class.values())

    @property
    def score(self) -> Score:
        """The mean average precision."""
        return Score("mean average precision", self.mean_average_precision, self.standard_error)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """F1, mean average precision, the share of examples with only correct labels, and the number of examples."""
        return (
            Figure("micro_f1", "micro F1", self.micro_f1, "share"),
            Figure("macro_f1", "macro F1", self.macro_f1, "share"),
            Figure("mean_average_precision", "mean average precision", self.mean_average_precision, "share"),
            Figure("exact", "all labels right", self.exact, "share"),
            Figure("examples", "examples", self.examples, "count"),
        )

    @property
    def rows(self) -> Mapping[str, tuple[Figure, ...]]:
        """Shares, the number of examples, and the threshold of each class."""
        return {
            name: (
                Figure("precision", "precision", each.precision, "share"),
                Figure("recall", "recall", each.recall, "share"),
                Figure("f1", "F1", each.f1, "share"),
                Figure("average_precision", "average precision", each.average_precision, "share"),
                Figure("support", "examples", each.support, "count"),
                Figure("threshold", "applies from", each.threshold),
            )
            for name, each in self.per_class.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> MultiLabelMetrics:
        """Return the metrics in a value of ``to_json``; NaN for figures that an earlier version did not write."""
        later = ("macro_precision", "macro_recall", "log_loss", "standard_error")
        return cls(
            examples=values["examples"],
            micro_f1=values["micro_f1"],
            macro_f1=values["macro_f1"],
            mean_average_precision=values["mean_average_precision"],
            exact=values["exact"],
            per_class={name: LabelMetrics(**each) for name, each in values["per_class"].items()},
            reliability=Reliability.from_json(values),
            curves=Curves.from_json(values),
            **{name: math.nan if values.get(name) is None else values[name] for name in later},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the value of ``test`` in the command line's JSON: plain numbers and dictionaries."""
        values = asdict(self)
        del values["reliability"], values["curves"]
        return values | self.reliability.to_json() | self.curves.to_json()


def multi_label_metrics(
    labels: NDArray[np.floating[Any]],
    probabilities: NDArray[np.floating[Any]],
    classes: tuple[str, ...],
    thresholds: Sequence[float] | None = None,
) -> MultiLabelMetrics:
    """Compare labels (N, K), 0 or 1, with probabilities (N, K); ``thresholds`` (K,) default to 0.5.

    Raises:
        DataError: If there are no labels or the shapes do not match.
        TrainingError: For probabilities that are not numbers.
    """
    import numpy as np
    from sklearn import metrics

    truth = np.asarray(labels) > 0
    rows = np.asarray(probabilities, np.float64)
    if not len(truth):
        raise DataError("there is no labelled example to evaluate on")
    if truth.shape != rows.shape or truth.shape[1:] != (len(classes),):
        wanted = f"labels and probabilities (N, {len(classes)})"
        raise DataError(f"expected {wanted}; got {truth.shape} and {rows.shape}")
    if not np.isfinite(rows).all():
        raise TrainingError("the model's probabilities are NaN: training has diverged", "use a lower learning rate")
    chosen = tuple(thresholds or [THRESHOLD] * len(classes))
    predicted = rows >= np.array(chosen)
    precision, recall, f1, support = (
        (
            np.atleast_1d(each)
            for each in metrics.precision_recall_fscore_support(truth, predicted, average=None, zero_division=0)
        )
        if len(classes) > 1
        else _of_one(truth, predicted)
    )
    seen = truth.any(axis=0) | predicted.any(axis=0)
    precisions = _average_precisions(truth, rows)
    clipped = np.clip(rows, np.finfo(np.float32).tiny, 1 - np.finfo(np.float32).epsneg)
    return MultiLabelMetrics(
        examples=len(truth),
        micro_f1=float(metrics.f1_score(truth.ravel(), predicted.ravel(), zero_division=0)),
        macro_f1=float(f1[seen].mean()) if seen.any() else 0.0,
        macro_precision=float(precision[seen].mean()) if seen.any() else 0.0,
        macro_recall=float(recall[seen].mean()) if seen.any() else 0.0,
        mean_average_precision=mean_average_precision(labels, rows),
        exact=float((truth == predicted).all(axis=1).mean()),
        log_loss=float(-np.log(np.where(truth, clipped, 1 - clipped)).mean()),
        per_class={
            name: LabelMetrics(
                float(precision[i]), float(recall[i]), float(f1[i]), precisions[i], int(support[i]), chosen[i]
            )
            for i, name in enumerate(classes)
        },
        standard_error=error_by_jackknife(
            len(truth), lambda left: mean_average_precision(np.asarray(labels)[left], rows[left])
        ),
        reliability=reliability(rows, truth),
        curves=class_curves(truth, rows, classes),
    )


def mean_average_precision(labels: NDArray[np.floating[Any]], scores: NDArray[np.floating[Any]]) -> float:
    """Return the mean average precision over the classes with positive examples.

    Labels (N, K) are 0 or 1; scores (N, K) may have any unit. 0 without positive examples.
    """
    import numpy as np

    found = [each for each in _average_precisions(np.asarray(labels) > 0, np.asarray(scores)) if each is not None]
    return float(np.mean(found)) if found else 0.0


def _average_precisions(truth: NDArray[np.bool_], scores: NDArray[Any]) -> list[float | None]:
    from sklearn.metrics import average_precision_score

    return [
        float(average_precision_score(own, scores[:, number])) if own.any() else None
        for number, own in enumerate(truth.T)
    ]


def _of_one(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Any:
    """Return the figures of a single class, which scikit-learn would treat as two."""
    import numpy as np
    from sklearn import metrics

    figures = metrics.precision_recall_fscore_support(
        truth.ravel(), predicted.ravel(), labels=[True], average=None, zero_division=0
    )
    return tuple(np.asarray(each) for each in figures)
