"""How good the predictions of a classifier are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tlzoo.errors import DataError, TrainingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ClassMetrics", "ClassificationMetrics", "classification_metrics", "wilson_interval"]


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """One class: shares from 0 to 1, and ``support``, the number of examples that truly are of it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class ClassificationMetrics:
    """What ``examples`` labelled predictions come to.

    Shares are from 0 to 1. Macro averages go over the classes that are labelled or predicted at least once, as
    scikit-learn's do; a share of nothing is 0. ``accuracy_interval`` is the 95 % interval of the accuracy, ``log_loss``
    is in nats, ``per_class`` is in the order of the classes, and ``confusion[i][j]`` counts class i taken for class j.
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
    kind: ClassVar[Literal["classification"]] = "classification"

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the rows of ``confusion``."""
        return tuple(self.per_class)

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the recalls of the classes that have examples: what a run with ``balance`` is judged by."""
        recalls = [each.recall for each in self.per_class.values() if each.support]
        return sum(recalls) / len(recalls)

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
        }


def classification_metrics(
    labels: NDArray[np.integer[Any]], probabilities: NDArray[np.floating[Any]], classes: tuple[str, ...]
) -> ClassificationMetrics:
    """Compare labels (N,), positions in ``classes``, with probabilities (N, C), whose largest is the prediction.

    Raises DataError where there is nothing to compare or the shapes do not fit, TrainingError for probabilities that
    are not numbers.
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
    )


def wilson_interval(correct: int, examples: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927), 95 % for the default ``z``; it holds near 0 and 1 too.

    >>> low, high = wilson_interval(9, 10)
    >>> round(low, 3), round(high, 3)
    (0.596, 0.982)
    """
    share = correct / examples
    spread = z * z / examples
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / examples + spread / (4 * examples))
    return max(0.0, centre - half), min(1.0, centre + half)


def _distributions(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the rounding of single precision out of the sums of rows, which scikit-learn wants to be 1."""
    import numpy as np

    clipped = np.clip(probabilities, np.finfo(np.float32).tiny, 1.0)
    rows: NDArray[np.float64] = clipped / clipped.sum(axis=1, keepdims=True)
    return rows


def _check(labels: NDArray[Any], probabilities: NDArray[np.float64], classes: tuple[str, ...]) -> None:
    import numpy as np

    if not len(labels):
        raise DataError("there is no labelled example to evaluate on")
    if len(set(classes)) != len(classes) or not len(classes) > 1:
        raise DataError(f"a classifier has two or more classes of different names. Received: {classes!r}")
    if labels.ndim != 1 or probabilities.shape != (len(labels), len(classes)):
        wanted = f"labels (N,) and probabilities (N, {len(classes)})"
        raise DataError(f"expected {wanted}. Received: {labels.shape} and {probabilities.shape}")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"labels go from 0 to {len(classes) - 1}. Received: {labels.min()} to {labels.max()}")
    if not np.isfinite(probabilities).all():
        raise TrainingError("the model's probabilities are not numbers: it has diverged", "use a lower learning rate")
