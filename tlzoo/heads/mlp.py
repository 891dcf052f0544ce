"""A multi-layer perceptron."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PositiveInt

from tlzoo.heads.contract import Head

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import Task

__all__ = ["MLP"]


class MLP(Head):
    """Hidden dense layers with optional batch normalization, activation and dropout, then the logits."""

    name: ClassVar[str] = "mlp"

    units: tuple[PositiveInt, ...] = Field(default=(512,), min_length=1, description="units of each hidden layer")
    activation: Literal["relu", "gelu", "silu", "tanh", "elu", "selu"] = Field(
        "relu", description="activation of the hidden layers"
    )
    dropout: float = Field(default=0.5, ge=0, lt=1, description="dropout rate of the hidden units")
    batch_normalization: bool = Field(default=False, description="normalize before each activation")

    def build(self, size: int, task: Task, seed: int) -> keras.Model:
        """Return (batch, size) to logits, or standardized numbers, (batch, outputs)."""
        import keras

        inputs = keras.Input((size,), name="features")
        x = inputs
        for position, units in enumerate(self.units, start=1):
            kernel = keras.initializers.GlorotUniform(seed=seed + position)
            x = keras.layers.Dense(units, kernel_initializer=kernel, name=f"hidden{position}")(x)
            if self.batch_normalization:
                x = keras.layers.BatchNormalization(name=f"normalization{position}")(x)
            x = keras.layers.Activation(self.activation, name=f"activation{position}")(x)
            if self.dropout:
                x = keras.layers.Dropout(self.dropout, seed=seed + position, name=f"dropout{position}")(x)
        kernel = keras.initializers.GlorotUniform(seed=seed)
        logits = keras.layers.Dense(task.outputs, kernel_initializer=kernel, dtype="float32", name="logits")(x)
        return keras.Model(inputs, logits, name="head")
