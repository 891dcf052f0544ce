"""Multiply-adds of parts of a backbone, from shapes only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.training.contract import Setup

__all__ = ["MULTIPLY_ADDS_A_SECOND", "frozen_multiply_adds", "stage_multiply_adds"]

MULTIPLY_ADDS_A_SECOND = 40e9
"""Approximate multiply-adds per second of two cores, for rough comparisons without measurements."""


def stage_multiply_adds(backbone: Backbone) -> tuple[int, ...]:
    """Return the approximate multiply-adds of each stage for one sample.

    Every matrix and kernel counts once at each position of its layer's output: exact for convolutions and dense
    layers, without the products of activations in attention, and too low for a SavedModel with unknown operations. A
    look-up in an embedding costs nothing.
    """
    stage_of = {path: position for position, stage in enumerate(backbone.stages) for path in stage.variables}
    costs = [0] * len(backbone.stages)
    for model, layer in _leaves(backbone.model):
        for path, size in _factors(layer):
            costs[stage_of[path]] += size * _positions(model, layer)
    return tuple(costs)


def frozen_multiply_adds(setup: Setup, cut: int) -> int:
    """Return the approximate multiply-adds of all samples up to the stage at ``cut``."""
    return sum(stage_multiply_adds(setup.backbone)[: cut + 1]) * len(setup.data.examples)


def _leaves(model: Any) -> list[tuple[Any, Any]]:
    """Return the operations of a model with the model, with those of nested functional models in place."""
    found = []
    for operation in model.operations:
        found += _leaves(operation) if hasattr(operation, "operations") else [(model, operation)]
    return found


def _factors(layer: Any) -> list[tuple[str, int]]:
    """Return path and size of every weight used in a multiplication."""
    import keras

    if not isinstance(layer, keras.Layer):
        return []
    looked_up = {
        id(variable)
        for each in layer._flatten_layers()
        if isinstance(each, keras.layers.Embedding)
        for variable in each.weights
    }
    return [
        (variable.path, math.prod(variable.shape))
        for variable in layer.weights
        if len(variable.shape) > 1 and id(variable) not in looked_up
    ]


def _positions(model: Any, layer: Any) -> int:
    """Return the number of vectors per sample at the layer's outputs in this model; unknown lengths count as one.

    A layer may be called several times, and in other models too: with another length of sequences, for one.
    """
    own = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}
    shapes = [node.output_tensors[0].shape for node in layer._inbound_nodes if id(node) in own]
    return sum(math.prod(length or 1 for length in shape[1:-1]) for shape in shapes)
