"""Threads and precision of TensorFlow in these scripts."""

from __future__ import annotations

import keras
import tensorflow as tf


def use_threads(count: int, policy: str = "float32") -> None:
    """Limit TensorFlow's threads and set Keras's dtype policy.

    Call it before the first operation.

    Args:
        count: Number of threads within an operation.
        policy: Name of a Keras dtype policy.
    """
    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.config.set_dtype_policy(policy)
