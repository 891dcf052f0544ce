"""How TensorFlow computes in these scripts."""

from __future__ import annotations

import keras
import tensorflow as tf


def use_threads(count: int, policy: str = "float32") -> None:
    """Limit TensorFlow's threads and set Keras's precision; must come before the first operation."""
    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.config.set_dtype_policy(policy)
