"""The task of multi-label classification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tlzoo.errors import DataError
from tlzoo.printable import readable
from tlzoo.tasks.answers import DescribedAnswer, Doubt
from tlzoo.tasks.calibration import CALIBRATIONS, Calibrate, LogLoss, sigmoid_log_loss
from tlzoo.tasks.contract import Positions, ScoreUnit, ServingAnswers, ServingForm, Task
from tlzoo.tasks.decision import PLAIN, Decision
from tlzoo.tasks.label_rows import Labels, column_names, refuse_rows
from tlzoo.tasks.multi_label.criterion import MultiLabelCriterion
from tlzoo.tasks.multi_label.metrics import MultiLabelMetrics
from tlzoo.tasks.multi_label.outcomes import kept_label_sets, label_set_outcomes
from tlzoo.tasks.multi_label.strata import strata_of_label_sets
from tlzoo.tasks.options import Balance, TaskOptions
from tlzoo.tasks.serving import encoded, word
from tlzoo.tasks.thresholds import THRESHOLD, ThresholdRule, best_thresholds

if TYPE_CHECKING:
    from tlzoo.tasks.label_rows import Rows
    from tlzoo.tasks.metrics import Metrics
    from tlzoo.tasks.outcomes import KeptAnswers, Outcomes

__all__ = ["MultiLabel"]

_DOUBTED = 0.5


@dataclass(frozen=True, slots=True)
class MultiLabel(Task):
    """Multi-label classification: any number of ``classes`` per sample.

    Labels are float32 (N, K), 0 or 1; outputs are independent logits of the classes.
    """

    classes: tuple[str, ...]
    kind: ClassVar[str] = "multi-label"
    balances: ClassVar[tuple[Balance, ...]] = ("none", "class-weights", "focal")
    has_thresholds: ClassVar[bool] = True
    calibrations: ClassVar[tuple[Calibrate, ...]] = CALIBRATIONS
    score_unit: ClassVar[ScoreUnit] = "share"
    hub_task: ClassVar[str] = "{}-classification"
    metrics_key: ClassVar[str] = "mean_average_precision"
    rows_key: ClassVar[str] = "per_class"
    serving_outputs: ClassVar[Mapping[str, ServingForm]] = {"labels": "words", "probabilities": "numbers"}

    def __post_init__(self) -> None:
        """Make names readable."""
        object.__setattr__(self, "classes", tuple(map(readable, self.classes)))

    @classmethod
    def example(cls) -> Task:
        """Return a task of four classes."""
        return cls(("a", "b", "c", "d"))

    @classmethod
    def read(cls, rows: Rows, names: Rows | None, where: str) -> tuple[Task, Labels]:
        """Return the task and the labels of rows (N, K) of 0 and 1."""
        classes = column_names(names, rows.shape[1], "class", where)
        if not np.isin(rows, (0, 1)).all():
            raise DataError(f"{where}: labels must be 0 or 1", "use 1 for each class that applies")
        return cls(classes), rows.astype(np.float32)

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Task:
        """Return the task of these names."""
        return cls(tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        return self.classes

    def show(self, label: Any) -> str:
        """Return the classes that apply, or ``none``."""
        return ", ".join(name for name, on in zip(self.classes, label, strict=True) if on) or "none"

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not valid labels of ``count`` samples, or None."""
        if (wrong := refuse_rows(labels, count, len(self.classes))) is not None:
            return wrong
        if not np.isin(labels, (0, 1)).all():
            return "labels must be 0 or 1, one for each class"
        return None

    def strata(self, labels: Labels) -> Positions:
        """Return the common sets of labels, and the rarest label of the others."""
        return strata_of_label_sets(labels)

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each class with a mask (N,) of its samples."""
        for position, name in enumerate(self.classes):
            yield name, labels[:, position] > 0

    def class_counts(self, labels: Labels) -> Positions:
        """Return the number of samples of each class, int64 (classes,)."""
        return np.asarray(labels.sum(axis=0, dtype=np.int64))

    def merged(self, labels: Labels, place: Positions, classes: Sequence[str]) -> tuple[Task, Labels]:
        """Return the task with merged classes, and its labels: a class applies if one of its parts does."""
        fewer = np.zeros((len(labels), len(classes)), np.float32)
        for column, target in enumerate(place):
            fewer[:, target] = np.maximum(fewer[:, target], labels[:, column])
        return type(self)(tuple(classes)), fewer

    def doubts(self, labels: Labels, nearest: Positions, weights: np.ndarray) -> Iterator[Doubt]:
        """Yield samples with a label that most neighbours do not have, or without one that most have."""
        expected = np.einsum("nk,nkc->nc", weights, labels[nearest].astype(np.float64))
        against = np.abs(expected - labels)
        for row in np.flatnonzero(against.max(axis=1) > _DOUBTED):
            yield Doubt(int(row), expected[row] > _DOUBTED, against[row].max())

    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> MultiLabelCriterion:  # noqa: ARG002 - it needs none
        """Return the binary cross-entropy per class, with the requested balance."""
        counts = self.class_counts(labels)
        return MultiLabelCriterion(self.classes, counts, len(labels), options.balance)

    def score_name(self, balance: Balance) -> str:  # noqa: ARG002 - it does not matter
        """Return the mean average precision."""
        return "mean average precision"

    @classmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""
        return MultiLabelMetrics.from_json(values)

    def log_loss(self, labels: Labels) -> LogLoss:
        """Return the binary cross-entropy, summed over classes."""
        return sigmoid_log_loss(labels)

    def best_thresholds(self, labels: Labels, answers: np.ndarray, rule: ThresholdRule) -> list[float]:
        """Return the best thresholds by the rule."""
        return list(best_thresholds(labels, answers, rule))

    def tested_decision(self, test: Mapping[str, Any]) -> Decision:
        """Return the threshold of each class; 0.5 if an earlier version wrote none."""
        found = {name: each.get("threshold", THRESHOLD) for name, each in test["per_class"].items()}
        for name, threshold in found.items():
            if not isinstance(threshold, int | float):
                raise ValueError(f"no threshold for {name!r}: {threshold!r:.80}")  # noqa: TRY004 - damaged values
        return Decision(thresholds=list(map(float, found.values())))

    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:
        """Return probabilities (N, classes) and the names of the classes that apply, else empty, (N, classes)."""
        import tensorflow as tf

        names, limits = tf.constant(encoded(self.classes)), tf.constant(decision.thresholds or THRESHOLD, tf.float32)
        return lambda answers: {"probabilities": answers, "labels": tf.where(answers >= limits, names, "")}

    def serving_arrays(self, answers: np.ndarray, decision: Decision = PLAIN) -> dict[str, np.ndarray]:
        """Return probabilities and the names of the classes that apply, else empty."""
        applies = answers >= np.array(decision.thresholds or THRESHOLD, np.float32)
        return {"probabilities": answers, "labels": np.where(applies, np.array(encoded(self.classes), object), b"")}

    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``labels``, a list, and ``probabilities`` by class."""
        if not np.isfinite(row["probabilities"]).all():
            return None
        odds = dict(zip(self.classes, row["probabilities"].tolist(), strict=True))
        return {"labels": [word(each) for each in row["labels"] if each], "probabilities": odds}

    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:
        """Return the classes that apply, by the thresholds of the metrics."""
        return DescribedAnswer(self.show(answer >= _thresholds(metrics)))

    def doubt_gradients(self, answers: np.ndarray, decision: Decision) -> np.ndarray:
        """Return the probabilities, minus 1 for the classes that apply by the decision thresholds."""
        gradients: np.ndarray = answers - (answers >= np.array(decision.thresholds or THRESHOLD, answers.dtype))
        return gradients

    def mistakes(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,
        trained: Labels,  # noqa: ARG002 - of numbers
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the samples with a wrong label, the most confident error first."""
        wrong = np.flatnonzero(((answers >= _thresholds(metrics)) != (labels > 0)).any(axis=1))
        return wrong, np.abs(answers[wrong] - labels[wrong]).max(axis=1)

    def kept_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> KeptAnswers:
        """Return labels, predicted labels and probabilities."""
        return kept_label_sets(labels, answers, _thresholds(metrics))

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return mean average precision, F1, the share of exact answers, and F1 and average precision of each class."""
        return label_set_outcomes(kept, self.classes)


def _thresholds(metrics: Metrics) -> np.ndarray:
    return np.array(getattr(metrics, "thresholds", THRESHOLD))
