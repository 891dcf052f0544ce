"""Criterion of regression: mean squared error or Huber loss of standardized targets, and explained variance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal, final

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.tasks.decision import PLAIN
from tlzoo.tasks.standard_errors import error_of_mean

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks.criterion import Loss
    from tlzoo.tasks.decision import Decision
    from tlzoo.tasks.label_rows import Labels
    from tlzoo.tasks.regression.metrics import RegressionMetrics

__all__ = ["RegressionCriterion"]


@final
@dataclass(frozen=True, eq=False, slots=True)
class RegressionCriterion:
    """Outputs are standardized targets; labels are float32 (N, T), in their own units.

    ``means`` and ``deviations`` (T,) are those of the training split; a constant target has the
    deviation 1. ``kind`` is ``"mse"``, or ``"huber"`` (Huber 1964): squared up to one deviation, linear beyond.
    """

    names: tuple[str, ...]
    means: np.ndarray
    deviations: np.ndarray
    kind: Literal["mse", "huber"] = "mse"
    figure: ClassVar[str] = "mae"

    def targets(self, labels: Labels) -> np.ndarray:
        """Return standardized targets."""
        return np.asarray((labels - self.means) / self.deviations, np.float32)

    def loss(self, label_smoothing: float) -> Loss:
        """Return the squared error or Huber loss, averaged over targets. Raises UsageError for label smoothing."""
        import keras

        if label_smoothing:
            raise UsageError(
                f"label_smoothing={label_smoothing:g} does not apply to regression", "leave label_smoothing out"
            )
        made = keras.losses.Huber if self.kind == "huber" else keras.losses.MeanSquaredError
        loss: Loss = made(reduction=None)
        return loss

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the absolute error in the targets' units, averaged over targets."""
        return np.asarray((np.abs(targets - outputs) * self.deviations).mean(axis=1, dtype=np.float64))

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the loss, the mean absolute error in the targets' units, and the explained variance."""
        errors = np.abs(self.targets(labels).astype(np.float64) - outputs)
        squared = np.square(errors)
        losses = np.where(errors <= 1, squared / 2, errors - 1 / 2) if self.kind == "huber" else squared
        return {
            "loss": float(losses.mean()),
            "mae": float((errors * self.deviations).mean()),
            "r2": 1 - float(squared.mean()),
        }

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the explained variance as a share, and its standard error.

        It is 1 minus the mean squared error of standardized targets, relative to the variance of the training
        split. Unlike R² on the split, it is a mean over samples, and also defined for one sample.
        """
        explained = self._explained(self.targets(labels).astype(np.float64) - outputs)
        return float(explained.mean()), error_of_mean(explained)

    def _explained(self, errors: np.ndarray) -> np.ndarray:
        """Return the explained variance of each sample (N,) from standardized errors (N, T)."""
        return np.asarray(1 - np.square(errors, dtype=np.float64).mean(axis=1))

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return predictions (N, T) float32 in the targets' own units."""
        return np.asarray(outputs * self.deviations + self.means, np.float32)

    def answer_layer(self) -> keras.Layer:
        """Return the layer that scales back to the targets' units."""
        import keras

        return keras.layers.Rescaling(
            self.deviations.tolist(), offset=self.means.tolist(), dtype="float32", name="predictions"
        )

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> RegressionMetrics:  # noqa: ARG002 - of several labels
        """Return errors, R² and the explained variance."""
        from tlzoo.tasks.regression.metrics import regression_metrics

        explained = self._explained((labels - answers) / self.deviations)
        return replace(regression_metrics(labels, answers, self.names), explained_variance=float(explained.mean()))
