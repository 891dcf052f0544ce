"""The Criterion contract: loss, figures and score of a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from tlzoo.tasks.decision import PLAIN

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks.decision import Decision
    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.metrics import Metrics

__all__ = ["FOCUS", "Criterion", "Loss", "mean_loss"]

Loss: TypeAlias = Callable[[Any, Any], Any]
"""From targets (batch, outputs) and outputs (batch, outputs), tensors, to a loss for each sample: (batch,)."""

FOCUS = 2.0
"""The gamma of focal losses (the best in Lin et al. 2017, arXiv 1708.02002, section 4.1)."""


class Criterion(Protocol):
    """The loss and the figures of a head's outputs.

    Targets are labels in the form for training: float32 (N, outputs) for every task whose outputs are vectors, so that
    they can be mixed. Answers are outputs in the form for users: probabilities, or numbers in their own units.
    If outputs are maps, outputs are (N, height, width, outputs), answers (N, height, width, names), and targets
    (N, height, width); labels are those of ``Task.placed_labels``. If they are boxes or sequences, see
    ``Task.output_form``.
    """

    @property
    def figure(self) -> str:
        """The name of ``quality`` among the figures of an epoch."""
        ...

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the targets of labels: float32 (N, outputs)."""
        ...

    def loss(self, label_smoothing: float) -> Loss:
        """Return the training loss. Raises UsageError if labels cannot be smoothed."""
        ...

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the quality of each prediction of a training batch: float64 (batch,)."""
        ...

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return ``loss`` and other figures of outputs (N, outputs) in inference mode."""
        ...

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the score that compares phases (higher is better) and its standard error."""
        ...

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return the answers of outputs: float32 (N, names)."""
        ...

    def answer_layer(self) -> keras.Layer:
        """Return the last layer of the saved model, from outputs to answers."""
        ...

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> Metrics:
        """Return the metrics of answers (N, names), which are calibrated, with the run's decision thresholds."""
        ...


def mean_loss(
    loss: Loss, targets: Callable[[Labels], np.ndarray], labels: Labels, outputs: np.ndarray, at_once: int
) -> float:
    """Return the mean loss of samples.

    Args:
        loss: The loss of each sample.
        targets: From prepared labels to targets, such as ``Criterion.targets``.
        labels: Prepared labels (N,).
        outputs: Outputs (N, …).
        at_once: Number of samples whose targets are in memory together.
    """
    starts = range(0, len(labels), at_once)
    batches = ((targets(labels[first : first + at_once]), outputs[first : first + at_once]) for first in starts)
    return float(np.concatenate([np.asarray(loss(*each)) for each in batches]).mean())
