"""Default batch size, and the check for too small batches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError
from tlzoo.training.phases.intents import is_training

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training.network import Network

__all__ = ["BatchSizeError", "refuse_batches_of_one", "usual_batch_size"]


class BatchSizeError(UsageError):
    """Training is impossible with batches of this size."""


def usual_batch_size(examples: int | None) -> int:
    """Return 32, halved down to 8 while an epoch has fewer than ten steps."""
    size = 32
    while examples is not None and size > 8 and examples < 10 * size:  # noqa: PLR2004
        size //= 2
    return size


def refuse_batches_of_one(network: Network, phase: Phase, batch_size: int) -> None:
    """Raise BatchSizeError if a phase has batches of one sample and BatchNorm gets one value per channel.

    Such a layer returns zero for every sample, so layers below have no gradient.
    """
    if batch_size > 1:
        return
    from keras.layers import BatchNormalization

    for layer in network.layers():
        if isinstance(layer, BatchNormalization) and _positions(layer) == 1 and is_training(network, phase, layer):
            in_head = any(network.path(variable) in network.parts.head for variable in layer.weights)
            without = "a head without BatchNorm: -H standardize=false for linear" if in_head else 'statistics="frozen"'
            raise BatchSizeError(
                f"phase {phase.name!r} trains with batches of 1 sample, and BatchNorm {layer.name!r} normalizes over "
                "the batch, which returns zero for every sample",
                f"use --batch-size 2 or more, or {without}",
            )


def _positions(layer: Any) -> int | None:
    """Return the number of values per channel that BatchNorm averages for one sample; None if unknown."""
    tensors = [tensor for node in layer._inbound_nodes for tensor in node.input_tensors]
    if not tensors or tensors[0].shape is None:
        return None
    shape = list(tensors[0].shape)
    del shape[layer.axis if isinstance(layer.axis, int) else layer.axis[0]]
    return None if None in shape[1:] else math.prod(shape[1:])
