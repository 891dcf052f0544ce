"""What a criterion is: the loss of a task, its figures, and the score that phases are compared by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import keras
    import numpy as np

    from tlzoo.data import Labels
    from tlzoo.evaluation import Metrics

__all__ = ["Criterion", "Loss"]

Loss: TypeAlias = Callable[[Any, Any], Any]
"""From targets (batch, outputs) and outputs (batch, outputs), tensors, to a loss for each sample: (batch,)."""


class Criterion(Protocol):
    """What the outputs of a head are trained towards and judged by.

    Targets are what labels become for training: float32 (N, outputs), whatever the task, so that they can be mixed.
    Answers are what outputs become for people: probabilities, or numbers in their own units.
    """

    @property
    def figure(self) -> str:
        """What ``quality`` is called among the figures of an epoch."""
        ...

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the targets of labels: float32 (N, outputs)."""
        ...

    def loss(self, label_smoothing: float) -> Loss:
        """Return the loss that is descended; raise UsageError where labels cannot be smoothed."""
        ...

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return how well each sample of a training batch was met: float64 (batch,)."""
        ...

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return ``loss`` and other figures of outputs (N, outputs) in inference mode."""
        ...

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the score that phases are compared by, higher for better, and its standard error."""
        ...

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return the answers of outputs: float32 (N, outputs)."""
        ...

    def answer_layer(self) -> keras.Layer:
        """Return the layer from outputs to answers that the saved model ends with."""
        ...

    def metrics(self, labels: Labels, answers: np.ndarray) -> Metrics:
        """Return what the answers (N, outputs) are worth."""
        ...
