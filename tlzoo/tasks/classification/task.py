"""The task of classification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tlzoo.printable import readable
from tlzoo.tasks.answers import DescribedAnswer, Doubt
from tlzoo.tasks.calibration import CALIBRATIONS, Calibrate, LogLoss, softmax_log_loss
from tlzoo.tasks.classification.criterion import ClassificationCriterion
from tlzoo.tasks.classification.metrics import ClassificationMetrics
from tlzoo.tasks.classification.outcomes import class_outcomes, kept_classes
from tlzoo.tasks.classification.rows import read_classes
from tlzoo.tasks.contract import Positions, ScoreUnit, ServingAnswers, ServingForm, Task
from tlzoo.tasks.decision import PLAIN, Decision
from tlzoo.tasks.label_rows import Labels
from tlzoo.tasks.options import BALANCES, Balance, TaskOptions
from tlzoo.tasks.serving import encoded, word

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks.label_rows import Rows
    from tlzoo.tasks.metrics import Metrics
    from tlzoo.tasks.outcomes import KeptAnswers, Outcomes

__all__ = ["Classification"]

_DOUBTED = 0.5


@dataclass(frozen=True, slots=True)
class Classification(Task):
    """Classification. Labels are int64 (N,), indices into ``classes``; outputs are logits."""

    classes: tuple[str, ...]
    kind: ClassVar[str] = "classification"
    exclusive: ClassVar[bool] = True
    class_logits: ClassVar[bool] = True
    balances: ClassVar[tuple[Balance, ...]] = BALANCES
    calibrations: ClassVar[tuple[Calibrate, ...]] = CALIBRATIONS
    cover_name: ClassVar[str] = "set"
    score_unit: ClassVar[ScoreUnit] = "share"
    hub_task: ClassVar[str] = "{}-classification"
    metrics_key: ClassVar[str] = "confusion"
    rows_key: ClassVar[str] = "per_class"
    serving_outputs: ClassVar[Mapping[str, ServingForm]] = {"label": "words", "probabilities": "numbers"}

    def __post_init__(self) -> None:
        """Make names readable: class names from folders and files may have any bytes."""
        object.__setattr__(self, "classes", tuple(map(readable, self.classes)))

    @classmethod
    def example(cls) -> Task:
        """Return a task of three classes."""
        return cls(("a", "b", "c"))

    @classmethod
    def read(cls, rows: Rows, names: Rows | None, where: str) -> tuple[Task, Labels]:
        """Return the task and the labels of rows (N, 1), integers or strings, or (N, K) with a single 1 in each."""
        classes, labels = read_classes(rows, names, where)
        return cls(classes), labels

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
        """Return the name of the class."""
        return self.classes[int(label)]

    def refusal(self, labels: Labels, count: int) -> str | None:
        """Return why these are not valid labels of ``count`` samples, or None."""
        if labels.shape != (count,) or labels.dtype != np.int64:
            return f"labels are {labels.dtype} {labels.shape}, not int64 ({count},)"
        if count and not 0 <= labels.min() <= labels.max() < len(self.classes):
            return f"labels must be indices of its {len(self.classes)} classes"
        return None

    def strata(self, labels: Labels) -> Positions:
        """Return the labels: classes are strata."""
        return labels

    def class_members(self, labels: Labels) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each class with a mask (N,) of its samples."""
        for position, name in enumerate(self.classes):
            yield name, labels == position

    def class_counts(self, labels: Labels) -> Positions:
        """Return the number of samples of each class, int64 (classes,)."""
        return np.bincount(labels, minlength=len(self.classes)).astype(np.int64)

    def merged(self, labels: Labels, place: Positions, classes: Sequence[str]) -> tuple[Task, Labels]:
        """Return the task with merged classes, and its labels."""
        return type(self)(tuple(classes)), place[labels]

    def reindexed(self, labels: Labels, names: Sequence[str]) -> Labels:
        """Convert labels from indices into ``names`` to indices of the classes."""
        return np.array([self.classes.index(name) for name in names], np.int64)[labels]

    def doubts(self, labels: Labels, nearest: Positions, weights: np.ndarray) -> Iterator[Doubt]:
        """Yield samples with less than half of their neighbours' votes for their class, with the other votes."""
        votes, rows = np.zeros((len(nearest), len(self.classes))), np.arange(len(nearest))
        np.add.at(votes, (rows[:, np.newaxis], labels[nearest]), weights)
        own, likeliest = votes[rows, labels], votes.argmax(axis=1)
        for row in np.flatnonzero((own < _DOUBTED) & (likeliest != labels)):
            yield Doubt(int(row), likeliest[row], 1 - own[row])

    def criterion(self, labels: Labels, options: TaskOptions, facts: Mapping[str, Any]) -> ClassificationCriterion:  # noqa: ARG002 - it needs none
        """Return the cross-entropy with the requested balance."""
        return ClassificationCriterion(self.classes, self.class_counts(labels), options.balance)

    def score_name(self, balance: Balance) -> str:
        """Return the accuracy, or the balanced accuracy if classes are balanced."""
        return "accuracy" if balance == "none" else "balanced accuracy"

    @classmethod
    def read_metrics(cls, values: Mapping[str, Any]) -> Metrics:
        """Return the metrics in a value of ``to_json``."""
        return ClassificationMetrics.from_json(values)

    def log_loss(self, labels: Labels) -> LogLoss:
        """Return the cross-entropy of the softmax."""
        return softmax_log_loss(labels)

    def nonconformity(self, labels: Labels, answers: np.ndarray) -> np.ndarray:
        """Return 1 minus the probability of the label (LAC: Sadinle et al. 2019, arXiv 1609.00451)."""
        return 1 - answers[np.arange(len(labels)), labels, np.newaxis].astype(np.float64)

    def cover(self, answers: np.ndarray, bounds: np.ndarray) -> dict[str, np.ndarray]:
        """Return the label sets: all classes with enough probability, which may be none."""
        inside = 1 - answers.astype(np.float64) <= bounds
        return {self.cover_name: np.where(inside, np.array(encoded(self.classes), object), b"")}

    def cover_sizes(self, answers: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """Return the number of classes in each set."""
        return np.asarray((1 - answers.astype(np.float64) <= bounds).sum(axis=1, keepdims=True))

    def serving_answers(self, decision: Decision = PLAIN) -> ServingAnswers:
        """Return probabilities (N, classes) and the most likely class (N,)."""
        import tensorflow as tf

        names, bounds = tf.constant(encoded(self.classes)), decision.bounds

        def serve(answers: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = {"probabilities": answers, "label": tf.gather(names, tf.argmax(answers, axis=1))}
            if bounds is not None:
                outputs[self.cover_name] = tf.where(answers >= tf.constant(1 - bounds, tf.float32), names, "")
            return outputs

        return serve

    def serving_arrays(self, answers: np.ndarray, decision: Decision = PLAIN) -> dict[str, np.ndarray]:
        """Return probabilities and the most likely class."""
        label = np.array(encoded(self.classes), object)[answers.argmax(axis=1)]
        sets = {} if decision.bounds is None else self.cover(answers, decision.bounds)
        return {"probabilities": answers, "label": label, **sets}

    def read_answer(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return ``label``, ``probabilities`` by class, and the label set if there is one."""
        if not np.isfinite(row["probabilities"]).all():
            return None
        odds = dict(zip(self.classes, row["probabilities"].tolist(), strict=True))
        found = row.get(self.cover_name)
        sets = {} if found is None else {self.cover_name: [word(each) for each in found if each]}
        return {"label": word(row["label"]), "probabilities": odds, **sets}

    def describe_answer(self, answer: np.ndarray, metrics: Metrics) -> DescribedAnswer:  # noqa: ARG002 - as above
        """Return the most likely class with its probability."""
        return DescribedAnswer(self.classes[int(answer.argmax())], float(answer.max()))

    def doubt_gradients(self, answers: np.ndarray, decision: Decision) -> np.ndarray:  # noqa: ARG002 - of several labels
        """Return the probabilities minus 1 for the most likely class."""
        gradients: np.ndarray = answers - np.eye(answers.shape[1], dtype=answers.dtype)[answers.argmax(axis=1)]
        return gradients

    def mistakes(
        self,
        labels: Labels,
        answers: np.ndarray,
        metrics: Metrics,  # noqa: ARG002 - as above
        trained: Labels,  # noqa: ARG002 - of numbers
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the misclassified samples, the lowest probability of the true class first."""
        wrong = np.flatnonzero(answers.argmax(axis=1) != labels)
        return wrong, -answers[wrong, labels[wrong]]

    def kept_answers(self, labels: Labels, answers: np.ndarray, metrics: Metrics) -> KeptAnswers:  # noqa: ARG002 - as above
        """Return label, predicted class, and probability of the label."""
        return kept_classes(labels, answers)

    def outcomes(self, kept: KeptAnswers) -> Outcomes:
        """Return accuracy, balanced accuracy, macro F1 and log loss, and recall and F1 of each class."""
        return class_outcomes(kept, self.classes)
