"""Low-rank adapters: few trained variables in addition to the frozen ones of a backbone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from tlzoo.backbones.contract import Backbone
from tlzoo.errors import UsageError

__all__ = ["with_adapters"]


def with_adapters(backbone: Backbone, rank: int, seed: int) -> Backbone:
    """Return the backbone with a low-rank adapter on every dense layer and convolution (LoRA, arXiv 2106.09685).

    Such a layer computes with W + B A. B (n, rank) starts at zero, and A (rank, m) is random from ``seed``: the outputs
    of the backbone are unchanged until they train. Their variables are named ``lora_kernel_a`` and ``…_b`` and are in
    the stage of their layer. Saving merges them into the kernel. The model is changed in place.

    Raises:
        UsageError: If no layer takes an adapter.
    """
    stage_of = {path: stage.name for stage in backbone.stages for path in stage.variables}
    added: dict[str, set[str]] = {stage.name: set() for stage in backbone.stages}
    for layer in _adaptable(backbone.model):
        path = layer.kernel.path
        before = {id(variable) for variable in layer.weights}
        _enable(layer, path, rank, seed)
        added[stage_of[path]] |= {variable.path for variable in layer.weights if id(variable) not in before}
    if not any(added.values()):
        raise UsageError("no layer of this backbone supports low-rank adapters", "leave out lora_rank")
    stages = tuple(replace(stage, variables=stage.variables | added[stage.name]) for stage in backbone.stages)
    digest = hashlib.sha256(f"{backbone.digest} adapters of rank {rank}".encode()).hexdigest()
    return replace(backbone, stages=stages, digest=digest)


def _adaptable(model: Any) -> Iterator[Any]:
    from keras import layers

    kinds = (layers.Dense, layers.EinsumDense, layers.Conv1D, layers.Conv2D, layers.Conv3D)
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, kinds) and layer.built:
            yield layer


def _enable(layer: Any, path: str, rank: int, seed: int) -> None:
    """Add a layer's adapter with the path of the layer: Keras would name it by its last part."""
    import keras

    drawn = int.from_bytes(hashlib.sha256(f"{seed} {path}".encode()).digest()[:4])
    with ExitStack() as scopes:
        for part in path.split("/")[:-2]:
            scopes.enter_context(keras.name_scope(part))
        layer.enable_lora(rank, a_initializer=keras.initializers.HeUniform(seed=drawn))
