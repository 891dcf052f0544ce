"""MCC: minimum class confusion on the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, PositiveFloat

from tlzoo.objectives.contract import Objective, Step

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Mcc"]


class Mcc(Objective):
    """Minimum class confusion (Jin et al. 2020, arXiv 1912.03699, section 3).

    Of the target's logits ``Z`` (batch, classes): probabilities ``Y = softmax(Z / T)``; weights
    ``w = batch (1 + exp(-H(y))) / sum(1 + exp(-H(y)))`` of each sample by its entropy in nats, without
    gradient; the confusion ``C = Y' diag(w) Y``, with rows divided by their sums. The loss adds to the
    task's loss the sum of all off-diagonal entries over the number of classes. Source and target are not
    compared.
    """

    uses_target: ClassVar[bool] = True
    classifies: ClassVar[bool] = True

    weight: PositiveFloat = Field(default=1.0, description="factor on the confusion")
    temperature: PositiveFloat = Field(default=2.5, description="divisor of the target's logits")

    def value(self, step: Step) -> tf.Tensor:
        """Return the sum of loss and weighted confusion."""
        assert step.target is not None, "an objective that uses the target is given one"
        return step.loss + self.weight * self.confusion(step.target.outputs)

    def confusion(self, logits: tf.Tensor) -> tf.Tensor:
        """Return the confusion of a batch of logits (batch, classes): a scalar from 0 to 1."""
        import tensorflow as tf

        logs = tf.nn.log_softmax(logits / self.temperature)
        probabilities = tf.exp(logs)
        certain = tf.stop_gradient(1 + tf.exp(tf.reduce_sum(probabilities * logs, axis=1)))
        weights = certain / tf.reduce_mean(certain)
        confused = tf.matmul(probabilities, weights[:, None] * probabilities, transpose_a=True)
        confused /= tf.reduce_sum(confused, axis=1, keepdims=True)
        return (tf.reduce_sum(confused) - tf.linalg.trace(confused)) / tf.cast(tf.shape(logits)[1], tf.float32)
