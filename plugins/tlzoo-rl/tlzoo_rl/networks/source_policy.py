"""The policy that a trunk was learned with: the last layer of its head, in a file beside the trunk's weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

__all__ = ["LAYER", "read_source_policy", "write_source_policy"]

LAYER = "policy"
"""The name of the layer from features to the logits of actions, here and in the head that learns."""


def read_source_policy(path: Path) -> keras.Model:
    """Return float32 features (N, D) to the odds (N, A) of the A actions that the policy chose among.

    ``path`` is an ``.npz`` without pickle: ``kernel`` float32 (D, A) and ``bias`` (A,).
    """
    import keras

    with np.load(path, allow_pickle=False) as arrays:
        kernel, bias = arrays["kernel"], arrays["bias"]
    features = keras.Input(kernel.shape[:1], name="features")
    dense = keras.layers.Dense(len(bias), activation="softmax", dtype="float32", name=LAYER)
    policy = keras.Model(features, dense(features), name="source_policy")
    policy.set_weights([kernel, bias])
    return policy


def write_source_policy(path: Path, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    """Write a policy, kernel (D, A) and bias (A,), for ``read_source_policy``; the same values give the same bytes."""
    np.savez_compressed(path, kernel=kernel.astype(np.float32), bias=bias.astype(np.float32))
