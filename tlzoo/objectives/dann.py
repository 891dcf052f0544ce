"""DANN: domain-adversarial training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, PositiveFloat, PositiveInt

from tlzoo.objectives.alignment import Alignment
from tlzoo.objectives.contract import Step

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

__all__ = ["Dann", "reverse_gradient"]


class Dann(Alignment):
    """Domain-adversarial training (Ganin et al. 2016, arXiv 1505.07818, sections 4.2 and 5.2.2).

    A second network learns to distinguish the domains with the binary cross-entropy (nats). Its gradient for the
    features is reversed, times ``l = 2 / (1 + exp(-sharpness p)) - 1`` after the share ``p`` of the phase,
    so that it is weak at first. The second network minimizes its full loss, and is not part of
    the model. ``weight`` is a factor on both.
    """

    units: tuple[PositiveInt, ...] = Field(default=(256, 256), description="hidden units of the domain classifier")
    sharpness: PositiveFloat = Field(
        default=10.0, description="rate at which the reversed gradient reaches full strength"
    )

    def helper(self, features: int, outputs: int, seed: int) -> keras.Model:
        """Return the network from the compared tensor (batch, width) to a logit of the source (batch, 1)."""
        import keras

        inputs = x = keras.Input((features if self.at == "features" else outputs,), dtype="float32")
        for position, units in enumerate(self.units, start=1):
            kernel = keras.initializers.HeNormal(seed=seed + position)
            x = keras.layers.Dense(units, "relu", kernel_initializer=kernel, dtype="float32", name=f"hidden{position}")(
                x
            )
        kernel = keras.initializers.GlorotUniform(seed=seed)
        logits = keras.layers.Dense(1, kernel_initializer=kernel, dtype="float32", name="domain")(x)
        return keras.Model(inputs, logits, name="discriminator")

    def distance(self, step: Step) -> tf.Tensor:
        """Return the discriminator's mean loss on both batches, with a reversed gradient for the features."""
        import tensorflow as tf

        assert step.helper is not None, "the engine keeps the discriminator"
        source, target = self.compared(step)
        strength = 2 / (1 + tf.exp(-self.sharpness * step.done)) - 1
        both = reverse_gradient(tf.concat([source, target], axis=0), strength)
        logits = step.helper(both, training=True)[:, 0]
        truth = tf.concat([tf.ones(tf.shape(source)[0]), tf.zeros(tf.shape(target)[0])], axis=0)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits))


def reverse_gradient(tensor: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    """Return the tensor unchanged, with its gradient times ``-strength``."""
    import tensorflow as tf

    return tf.stop_gradient((1 + strength) * tensor) - strength * tensor
