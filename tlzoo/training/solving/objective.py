"""The loss of a linear layer over all samples at once, with its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.tasks import Loss

__all__ = ["Objective", "Samples"]


class Samples:
    """The data of a fit: inputs (N, D), targets (N, K) and weights (N,), float32."""

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> None:
        import tensorflow as tf

        self.count = len(inputs)
        self.tensors: tuple[tf.Tensor, ...] = tuple(
            tf.constant(each, tf.float32) for each in (inputs, targets, weights)
        )


class Objective:
    """The weighted mean loss of a criterion for outputs ``inputs @ kernel + bias``, compiled once for all samples.

    ``loss`` is that of a compiled step, so smoothed labels, focal losses and adjusted logits are the same.
    """

    def __init__(self, loss: Loss, size: int, outputs: int) -> None:
        import tensorflow as tf

        def value_and_gradients(
            samples: tuple[tf.Tensor, ...], kernel: tf.Tensor, bias: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            inputs, targets, weights = samples
            with tf.GradientTape() as tape:
                tape.watch([kernel, bias])
                value = tf.reduce_mean(weights * loss(targets, tf.matmul(inputs, kernel) + bias))
            of_kernel, of_bias = tape.gradient(value, [kernel, bias])
            return value, of_kernel, of_bias

        shapes: tuple[tuple[int | None, ...], ...] = ((None, size), (None, outputs), (None,))
        self.shape = (size, outputs)
        self._traced: Any = tf.function(
            value_and_gradients,
            input_signature=(
                tuple(tf.TensorSpec(shape, tf.float32) for shape in shapes),
                tf.TensorSpec((size, outputs), tf.float32),
                tf.TensorSpec((outputs,), tf.float32),
            ),
            autograph=False,
        ).get_concrete_function()
        self._captured = tuple(self._traced.captured_inputs)

    def __call__(self, samples: Samples, kernel: np.ndarray, bias: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the loss and its gradients by the kernel (D, K) and the bias (K,), float64."""
        import tensorflow as tf

        at = [tf.constant(each, tf.float32) for each in (kernel, bias)]
        # A ConcreteFunction checks its arguments in Python, which takes four times as long as this operation.
        value, of_kernel, of_bias = tf.raw_ops.StatefulPartitionedCall(
            args=[*samples.tensors, *at, *self._captured], Tout=[tf.float32] * 3, f=self._traced
        )
        return float(value), of_kernel.numpy().astype(np.float64), of_bias.numpy().astype(np.float64)
