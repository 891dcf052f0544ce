"""Keras metrics of a run: after every epoch, and on the test split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.keras_objects import ACCURACY, KerasConfig, keras_object

if TYPE_CHECKING:
    from tlzoo.tasks import Criterion, Labels, Task

__all__ = ["KerasMetrics"]

_ROWS = 4096
_TAKEN = frozenset({"epoch", "loss", "penalty", "phase", "position", "steps"})


@final
@dataclass(frozen=True, eq=False, slots=True)
class KerasMetrics:
    """Metrics on true labels and predictions.

    For classes these are one-hot rows and probabilities (batch, classes); metrics with names that begin with ``Sparse``
    receive class indices. For numbers both are in the targets' units.
    """

    metrics: tuple[Any, ...]
    criterion: Criterion
    task: Task

    @classmethod
    def of(cls, configs: Iterable[KerasConfig], criterion: Criterion, task: Task) -> KerasMetrics:
        """Make the metrics and test them on artificial predictions. Raises UsageError for one that does not fit."""
        configs = tuple(configs)
        if configs and task.output_form != "vector":
            raise UsageError(f"Keras metrics do not support {task.kind}", "leave them out")
        reported = ACCURACY if criterion.figure == "accuracy" else frozenset()
        metrics = tuple(keras_object(each, "metric") for each in configs if each.class_name not in reported)
        names = [each.name for each in metrics]
        for position, name in enumerate(names):
            if name in _TAKEN | {criterion.figure} or name in names[:position]:
                raise UsageError(
                    f"the figure {name!r} exists already", 'use another name for the metric: AUC(name="…")'
                )
        made = cls(metrics, criterion, task)
        answers = np.full((2, task.outputs), 1 / task.outputs, np.float32)
        for metric in metrics:
            try:
                metric.update_state(made._truth(metric, np.eye(2, task.outputs, dtype=np.float32)), answers)
                float(np.asarray(metric.result()))
            except UsageError:
                raise
            except Exception as error:
                said = " ".join(str(error).split())
                raise UsageError(
                    f"the metric {metric.name!r} does not support labels and predictions of {task.kind}: {said:.200}",
                    "leave it out",
                ) from error
        made.reset()
        return made

    def reset(self) -> None:
        """Reset the metrics."""
        for metric in self.metrics:
            metric.reset_state()

    def update(self, labels: Labels, outputs: np.ndarray) -> None:
        """Update the metrics with a batch of outputs (batch, outputs)."""
        if self.metrics:
            self._see(labels, self.criterion.answers(outputs))

    def figures(self) -> dict[str, float]:
        """Return the metrics of all updates since ``reset``."""
        return {metric.name: float(np.asarray(metric.result())) for metric in self.metrics}

    def of_outputs(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the metrics of outputs (N, outputs)."""
        return self.of_answers(labels, self.criterion.answers(outputs)) if self.metrics else {}

    def of_answers(self, labels: Labels, answers: np.ndarray) -> dict[str, float]:
        """Return the metrics of answers (N, names)."""
        self.reset()
        for first in range(0, len(answers), _ROWS):
            self._see(labels[first : first + _ROWS], answers[first : first + _ROWS])
        return self.figures()

    def _see(self, labels: Labels, answers: np.ndarray) -> None:
        targets = self.criterion.targets(labels) if self.task.class_names else labels
        for metric in self.metrics:
            metric.update_state(self._truth(metric, targets), answers)

    def _truth(self, metric: Any, targets: np.ndarray) -> np.ndarray:
        if not _is_sparse(metric):
            return targets
        if not self.task.exclusive:
            raise UsageError(
                f"the metric {metric.name!r} is for one class per sample, but the task is {self.task.kind}",
                "leave it out",
            )
        positions: np.ndarray = targets.argmax(axis=1)
        return positions


def _is_sparse(metric: Any) -> bool:
    return type(metric).__name__.startswith("Sparse")
