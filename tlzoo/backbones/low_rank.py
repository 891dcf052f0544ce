"""Low-rank adapters: few trained variables in addition to the frozen ones of a backbone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from tlzoo.backbones.contract import Backbone
from tlzoo.errors import UsageError, did_you_mean

__all__ = ["with_adapters"]


def with_adapters(
    backbone: Backbone, rank: int, seed: int, *, alpha: float | None = None, layers: Sequence[str] = ()
) -> Backbone:
    """Return the backbone with a low-rank adapter on dense layers and convolutions (LoRA, arXiv 2106.09685).

    Such a layer computes with W + (alpha / rank) B A. B (n, rank) starts at zero, and A (rank, m) is random from
    ``seed``: the outputs of the backbone are unchanged until they train. Their variables are named ``lora_kernel_a``
    and ``…_b`` and are in the stage of their layer. Saving merges them into the kernel. The model is changed in place.

    Args:
        backbone: The backbone.
        rank: Rank of the adapters.
        seed: Seed of their initial values.
        alpha: Scale of the adapters; None for the rank, which is a factor of 1.
        layers: Globs over a layer's path, or over a name in it, such as ``query``; empty for all layers.

    Returns:
        The backbone with adapters, as parts of its stages.

    Raises:
        UsageError: If no layer takes an adapter.
    """
    stage_of = {path: stage.name for stage in backbone.stages for path in stage.variables}
    added: dict[str, set[str]] = {stage.name: set() for stage in backbone.stages}
    for layer in _adaptable(backbone.model):
        path = layer.kernel.path
        whole = path.rpartition("/")[0]
        if layers and not any(fnmatchcase(name, glob) for name in (whole, *whole.split("/")) for glob in layers):
            continue
        before = {id(variable) for variable in layer.weights}
        _enable(layer, path, rank, seed, alpha)
        added[stage_of[path]] |= {variable.path for variable in layer.weights if id(variable) not in before}
    if not any(added.values()) and layers:
        names = sorted({layer.kernel.path.split("/")[-2] for layer in _adaptable(backbone.model)})
        raise UsageError(
            f"no layer that supports low-rank adapters matches {', '.join(layers)}",
            did_you_mean(layers[0], names, valid="layers") if names else "leave out lora_layers",
        )
    if not any(added.values()):
        raise UsageError("no layer of this backbone supports low-rank adapters", "leave out lora_rank")
    stages = tuple(replace(stage, variables=stage.variables | added[stage.name]) for stage in backbone.stages)
    scale = "" if alpha is None and not layers else f" {alpha} {list(layers)}"
    digest = hashlib.sha256(f"{backbone.digest} adapters of rank {rank}{scale}".encode()).hexdigest()
    return replace(backbone, stages=stages, digest=digest)


def _adaptable(model: Any) -> Iterator[Any]:
    from keras import layers

    kinds = (layers.Dense, layers.EinsumDense, layers.Conv1D, layers.Conv2D, layers.Conv3D)
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, kinds) and layer.built:
            yield layer


def _enable(layer: Any, path: str, rank: int, seed: int, alpha: float | None) -> None:
    """Add a layer's adapter with the path of the layer: Keras would name it by its last part."""
    import keras

    drawn = int.from_bytes(hashlib.sha256(f"{seed} {path}".encode()).digest()[:4])
    with ExitStack() as scopes:
        for part in path.split("/")[:-2]:
            scopes.enter_context(keras.name_scope(part))
        layer.enable_lora(rank, a_initializer=keras.initializers.HeUniform(seed=drawn), lora_alpha=alpha)
