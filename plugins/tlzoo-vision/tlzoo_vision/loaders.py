"""Loaders of this plugin, from verified files to backbones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.backbones import (
    Backbone,
    FeatureMap,
    LoadRequest,
    contract_preprocessing,
    image_preprocessing,
    load_digest,
    read_source_head,
    read_weights,
    stages_by_layers,
)
from tlzoo.registry import Entry

from .applications import load_application
from .hub import load_hub_network

if TYPE_CHECKING:
    import keras

__all__ = ["load_application", "load_efficientnet_lite", "load_glyphnet", "load_hub_network"]


def load_glyphnet(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the small residual network of ``glyphnet``: grey images (N, h, w, 1) to a feature map."""
    from tlzoo_vision.glyphnet import STAGES, glyphnet

    return _packaged(glyphnet, STAGES, entry, files, request)


def load_efficientnet_lite(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return EfficientNet-Lite0: colour images (N, h, w, 3) to a feature map, with the head of its 1,000 classes."""
    from tlzoo_vision.efficientnet_lite import STAGES, efficientnet_lite0

    size = request.image_size or entry.input.size
    model = efficientnet_lite0(size, request.seed)
    height, width, channels = model.output_shape[1:]
    backbone = Backbone(
        model=model,
        preprocessing=contract_preprocessing(entry.input, size),
        stages=stages_by_layers(model, STAGES),
        features=FeatureMap(height, width, channels),
        digest=load_digest(entry, files, request),
        source_head=read_source_head(files["weights_head"]) if "weights_head" in files else None,
    )
    if request.weights == "pretrained":
        read_weights(files["weights"], backbone)
    return backbone


def _packaged(
    build: Callable[[int, int], keras.Model],
    stages: tuple[tuple[str, str], ...],
    entry: Entry,
    files: Mapping[str, Path],
    request: LoadRequest,
) -> Backbone:
    """Build a network for square images in [-1, 1] by size and seed; load its weights unless random ones are requested.

    The head of its source classes is included if the entry has a file ``weights_head``.
    """
    size = request.image_size or entry.input.size
    model = build(size[0], request.seed)
    if request.weights == "pretrained":
        model.load_weights(files["weights"])
    height, width, channels = model.output_shape[1:]
    return Backbone(
        model=model,
        preprocessing=image_preprocessing(size, entry.input.channels, scale=1 / 127.5, offset=-1.0),
        stages=stages_by_layers(model, stages),
        features=FeatureMap(height, width, channels),
        digest=load_digest(entry, files, request),
        source_head=read_source_head(files["weights_head"]) if "weights_head" in files else None,
    )
