"""TensorFlow's engine: a graph with constant weights, which its optimizer can fold and fuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.training.frozen.engines.agreement import Tolerance
from tlzoo.training.frozen.engines.weight_copies import copies_fit, weight_bytes
from tlzoo.training.network import as_list

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.training.frozen.engines.contract import Run

__all__ = ["TensorFlowEngine", "frozen_function"]


@final
class TensorFlowEngine:
    """The default engine, for every model, also with strings, tables and SavedModels."""

    name = "tensorflow"
    tolerance = Tolerance(largest=1e-2, typical=1e-3)

    def compile(self, below: keras.Model, signature: tf.TensorSpec, *, constants: bool = True) -> Run:
        """Return ``below`` compiled for inference.

        If the copies of the weights for a frozen graph do not fit the memory limit, the graph keeps
        variables, which is slower without folding.
        """
        constants = constants and copies_fit(self.name, weight_bytes(below))
        return _Graph(frozen_function(below, [signature], constants=constants), signature.dtype)


@final
@dataclass(frozen=True, slots=True)
class _Graph:
    """One batch at a time: TensorFlow distributes each operation over the cores, and reading runs in parallel."""

    function: Any
    dtype: tf.DType

    def __call__(self, batch: np.ndarray) -> list[np.ndarray]:
        import tensorflow as tf

        return [tensor.numpy() for tensor in self.function(tf.convert_to_tensor(batch, self.dtype))]

    def over(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        return map(self, batches)


def frozen_function(model: keras.Model, signatures: Sequence[tf.TensorSpec], *, constants: bool = True) -> Any:
    """Return a concrete function of a model in inference mode: from one tensor per signature to the list of outputs.

    Its variables are constants of the graph, so BatchNorm is folded into convolutions, and biases and activations are
    fused with them. State outside Keras (lookup tables, functions of a SavedModel) is unchanged.
    Without ``constants`` variables stay variables.
    """
    import keras
    import tensorflow as tf

    values = [(variable, variable.numpy()) for variable in model.variables] if constants else []

    def forward(*tensors: tf.Tensor) -> list[tf.Tensor]:
        mapping = [(variable, tf.constant(value)) for variable, value in values]
        with keras.StatelessScope(state_mapping=mapping):
            outputs = as_list(model(tensors[0] if len(tensors) == 1 else list(tensors), training=False))
        return [tf.identity(each) for each in outputs]

    return tf.function(forward, autograph=False).get_concrete_function(*signatures)
