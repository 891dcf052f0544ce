"""The Criterion contract: the loss of a task, its figures, and the score that phases are compared by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import keras
    import numpy as np

    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.metrics import Metrics

__all__ = ["FOCUS", "Criterion", "Loss"]

Loss: TypeAlias = Callable[[Any, Any], Any]
"""From targets (batch, outputs) and outputs (batch, outputs), tensors, to a loss for each sample: (batch,)."""

FOCUS = 2.0
"""The gamma of focal losses (Lin et al. 2017, arXiv 1708.02002, section 4.1: the best of those tried)."""


class Criterion(Protocol):
    """The loss and the figures of a head's outputs.

    Targets are what labels become for training: float32 (N, outputs), whatever the task, so that they can be mixed.
    Answers are what outputs become for people: probabilities, or numbers in their own units.
    """

    @property
    def figure(self) -> str:
        """The name of ``quality`` among the figures of an epoch."""
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
        """Return the answers of outputs: float32 (N, names)."""
        ...

    def answer_layer(self) -> keras.Layer:
        """Return the layer from outputs to answers that the saved model ends with."""
        ...

    def metrics(self, labels: Labels, answers: np.ndarray) -> Metrics:
        """Return the metrics of answers (N, names)."""
        ...

    @property
    def chosen_thresholds(self) -> tuple[float, ...] | None:
        """The probability from which each class applies in answers; None if there is none, or it is a half."""
        ...

    def tuned(self, validation: Callable[[], tuple[Labels, np.ndarray]]) -> Criterion:
        """Return the criterion that models are tested and served by: with what the validation split decides.

        ``validation`` returns labels and answers of that split; it is only called if something is decided by it.
        """
        ...
