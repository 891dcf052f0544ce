"""The head that returns a tag for each token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, NonNegativeInt, PositiveInt

from tlzoo.heads import Head, SequenceShape, Takes

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import OutputForm, Task

__all__ = ["Tagger"]

_EPSILON = 1e-3


class Tagger(Head):
    """One linear layer on each token, whose features are standardized first.

    ``neighbours`` adds the features of a convolution over the token and so many tokens on each side. Tokens of a
    transformer know their neighbours already; those of a static embedding do not.
    """

    name: ClassVar[str] = "tagger"
    takes: ClassVar[Takes] = "sequence"
    output_form: ClassVar[OutputForm] = "sequence"

    dropout: float = Field(default=0.1, ge=0, lt=1, description="dropout rate of the features")
    neighbours: NonNegativeInt = Field(
        default=0, le=64, description="number of tokens on each side that a convolution sees; 0: no convolution"
    )
    units: PositiveInt = Field(default=128, description="number of features of the convolution")

    def build(self, shape: SequenceShape, task: Task, seed: int) -> keras.Model:
        """Return (batch, length, size), and the mask, to logits (batch, length, outputs)."""
        import keras
        from keras import initializers, layers

        inputs = [keras.Input((shape.length, shape.size), name="features")]
        if shape.masked:
            inputs.append(keras.Input((shape.length,), dtype="bool", name="mask"))
        mask = inputs[1] if shape.masked else None
        standardize = layers.BatchNormalization(
            scale=False, center=False, momentum=0.9, epsilon=_EPSILON, name="standardize"
        )
        x = _without_padding(standardize(inputs[0], mask=mask), mask)
        if self.dropout:
            x = layers.Dropout(self.dropout, seed=seed, name="dropout")(x)
        if self.neighbours:
            around = layers.Conv1D(
                self.units,
                2 * self.neighbours + 1,
                padding="same",
                activation="relu",
                kernel_initializer=initializers.HeUniform(seed=seed),
                name="neighbours",
            )(x)
            if self.dropout:
                around = layers.Dropout(self.dropout, seed=seed + 1, name="dropout_neighbours")(around)
            x = _without_padding(layers.Concatenate(name="together")([x, around]), mask)
        kernel = initializers.GlorotUniform(seed=seed)
        logits = layers.Dense(task.outputs, kernel_initializer=kernel, dtype="float32", name="logits")(x)
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], logits, name="head")


def _without_padding(x: Any, mask: Any) -> Any:
    """Return features with zeros for padding, so that nothing depends on it."""
    from keras import ops

    return x if mask is None else x * ops.expand_dims(ops.cast(mask, x.dtype), -1)
