"""Why variables that should train did not move in a phase."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.training.network import Network
    from tlzoo.training.optimization import TrainingStep

__all__ = ["UNTRAINED", "why_untrained"]

UNTRAINED = ("nothing depends on them, or their gradient is zero", "leave them out of the selection")


def why_untrained(
    network: Network, step: TrainingStep, stuck: Collection[str], *, batch_size: int, steps: int
) -> tuple[str, str]:
    """Return why these variables did not move, and a fix.

    ``batch_size`` is the largest number of samples in a step of the phase, ``steps`` the number of its steps.
    """
    if step.skips_overflows and step.applied < steps:
        return (
            f"float16 overflowed in {steps - step.applied} of {steps} steps, which were skipped",
            "use --precision mixed_bfloat16 or float32; with more epochs the loss scale may fall far enough",
        )
    layer = _normalizing_over_samples(network) if batch_size == 1 and stuck else None
    if layer is not None:
        return (
            f"BatchNorm {layer!r} normalizes over a batch of one sample, which gives zero for every input",
            "use --batch-size 2 or more",
        )
    return UNTRAINED


def _normalizing_over_samples(network: Network) -> str | None:
    """Return the first training BatchNorm layer that has one value a channel and sample; None if there is none."""
    from keras.layers import BatchNormalization

    for layer in network.layers():
        if isinstance(layer, BatchNormalization) and layer.trainable and _positions(layer) == 1:
            return str(layer.name)
    return None


def _positions(layer: Any) -> int | None:
    """Return the number of values that a BatchNorm layer averages for a channel of one sample; None if unknown."""
    tensors = [tensor for node in layer._inbound_nodes for tensor in node.input_tensors]
    if not tensors or tensors[0].shape is None:
        return None
    shape = list(tensors[0].shape)
    del shape[layer.axis if isinstance(layer.axis, int) else layer.axis[0]]
    return None if None in shape[1:] else math.prod(shape[1:])
