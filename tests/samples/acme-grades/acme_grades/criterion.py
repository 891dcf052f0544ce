"""Cumulative logits: the cross-entropy of being above each threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from acme_grades.metrics import grade_metrics, quadratic_kappa


@dataclass(frozen=True, eq=False, slots=True)
class CumulativeCriterion:
    """Criterion for outputs (N, K - 1), the logits of being above each class except the last; labels int64 (N,)."""

    classes: tuple[str, ...]
    figure: ClassVar[str] = "threshold_accuracy"

    def targets(self, labels):
        return np.asarray(labels[:, np.newaxis] > np.arange(len(self.classes) - 1), np.float32)

    def loss(self, label_smoothing):
        import keras

        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=label_smoothing, reduction=None)

    def quality(self, targets, outputs):
        return ((outputs >= 0) == (targets >= 0.5)).mean(axis=1, dtype=np.float64)

    def figures(self, labels, outputs):
        logits, targets = outputs.astype(np.float64), self.targets(labels)
        losses = np.logaddexp(0.0, np.where(targets > 0, -logits, logits))
        return {"loss": float(losses.mean()), "quadratic_kappa": self.score(labels, outputs)[0]}

    def score(self, labels, outputs):
        grades, every = self.answers(outputs).argmax(axis=1), np.arange(len(labels))
        groups = [every[every % 10 != group] for group in range(min(10, len(labels)))]
        left = np.array([quadratic_kappa(labels[each], grades[each], len(self.classes)) for each in groups])
        spread = np.sqrt((len(left) - 1) / len(left) * np.square(left - left.mean()).sum())
        return quadratic_kappa(labels, grades, len(self.classes)), float(spread)

    def answers(self, outputs):
        above = 1 / (1 + np.exp(-outputs.astype(np.float64)))
        edges = np.concatenate([np.ones((len(above), 1)), above, np.zeros((len(above), 1))], axis=1)
        odds = np.maximum(edges[:, :-1] - edges[:, 1:], 0)
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)

    def answer_layer(self):
        from acme_grades.answers import Differences

        return Differences(dtype="float32", name="probabilities")

    def metrics(self, labels, answers, decision=None):
        return grade_metrics(labels, answers, self.classes)
