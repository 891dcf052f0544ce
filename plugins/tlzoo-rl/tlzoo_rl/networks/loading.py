"""Loaders of trunks with their preprocessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import (
    Backbone,
    LoadRequest,
    Preprocessing,
    Vector,
    contract_preprocessing,
    load_digest,
    read_source_head,
    read_weights,
    stages_by_layers,
)
from tlzoo.errors import EntryError
from tlzoo.registry import Entry

if TYPE_CHECKING:
    import keras

__all__ = ["as_it_is", "load_grid_cnn", "load_mlp", "load_nature_cnn", "load_nature_cnn_rgb"]

_MAP = 3
_CHANNELS = {1, 3, 4}


def as_it_is(observation: Any) -> Any:
    """Return an observation unchanged."""
    return observation


def load_mlp(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return dense layers on standardized observations; options: ``units``, ``activation``."""
    from tlzoo_rl.networks.mlp import mlp, mlp_normalization

    (size,) = _shape(entry, request, rank=1)
    units = [int(each) for each in entry.options["units"]]
    model = mlp(size, units, str(entry.options.get("activation", "tanh")), request.seed)
    stages = [f"dense{number}" for number in range(1, len(units) + 1)]
    return _loaded(entry, files, request, model, _unchanged(mlp_normalization(size)), stages)


def load_grid_cnn(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return convolutions on one-hot encoded cells."""
    from tlzoo_rl.networks.grid import CODES, SMALLEST, grid_cnn, one_hot_cells

    height, width, properties = _shape(entry, request, rank=_MAP)
    _check_size(entry, height, width, SMALLEST)
    if properties != len(CODES):
        raise EntryError(f"{entry.id} takes cells of {len(CODES)} properties, not {properties}", "use another trunk")
    model = grid_cnn(height, width, request.seed)
    return _loaded(entry, files, request, model, _unchanged(one_hot_cells(height, width)), ["conv1", "conv2", "dense"])


def load_nature_cnn(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the convolutions for screens."""
    from tlzoo_rl.networks.nature import SMALLEST, nature_cnn, screens

    height, width, channels = _shape(entry, request, rank=_MAP)
    _check_size(entry, height, width, SMALLEST)
    shape = (height, width, channels)
    model = nature_cnn(shape, request.seed)
    return _loaded(entry, files, request, model, _unchanged(screens(shape)), ["conv1", "conv2", "conv3", "dense"])


def load_nature_cnn_rgb(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the convolutions for colour images, which are resized."""
    from tlzoo_rl.networks.nature import nature_cnn

    preprocessing = contract_preprocessing(entry.input, request.image_size or entry.input.size)
    height, width, channels = preprocessing.shape
    model = nature_cnn((height, width, channels), request.seed)
    return _loaded(entry, files, request, model, preprocessing, ["conv1", "conv2", "conv3", "dense"])


def _shape(entry: Entry, request: LoadRequest, rank: int) -> tuple[int, ...]:
    """Return the shape of the environment's observations. Raises EntryError for another rank."""
    asked = request.input_shape or entry.input.shape
    if len(asked) != rank:
        kinds = {1: "vectors", _MAP: "maps with channels"}
        raise EntryError(
            f"{entry.id} takes {kinds[rank]}, but observations of the environment are {_said(asked)}",
            "`tlzoo list --modality rl` lists other trunks",
        )
    return asked


def _check_size(entry: Entry, height: int, width: int, smallest: int) -> None:
    if min(height, width) < smallest:
        fix = "`tlzoo list --modality rl` lists other trunks"
        if height in _CHANNELS and height < width:
            fix = f"if its {height} channels come first, move them to the end: maps are height, width, channels"
        raise EntryError(
            f"{entry.id} takes maps of {smallest} x {smallest} or more, but the environment has {height} x {width}",
            fix,
        )


def _said(shape: Sequence[int]) -> str:
    return f"{shape[0]} numbers" if len(shape) == 1 else " x ".join(map(str, shape))


def _loaded(
    entry: Entry,
    files: Mapping[str, Path],
    request: LoadRequest,
    model: keras.Model,
    preprocessing: Preprocessing,
    stages: Sequence[str],
) -> Backbone:
    if request.weights == "pretrained" and "weights" not in files:
        raise EntryError(
            f"{entry.id} is an architecture without weights", "add --weights random, or --strategy from-scratch"
        )
    backbone = Backbone(
        model=model,
        preprocessing=preprocessing,
        stages=stages_by_layers(model, [(name, name) for name in stages]),
        features=Vector(model.output.shape[-1]),
        digest=load_digest(entry, files, request),
        source_head=read_source_head(files["weights_head"]) if "weights_head" in files else None,
    )
    if request.weights == "pretrained":
        read_weights(files["weights"], backbone)
    return backbone


def _unchanged(normalize: keras.Model) -> Preprocessing:
    """Return the preprocessing of observations that only ``normalize`` changes."""
    (observations,) = normalize.inputs
    return Preprocessing(as_it_is, normalize, tuple(observations.shape[1:]), str(observations.dtype))
