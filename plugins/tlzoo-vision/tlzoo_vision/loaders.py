"""The loaders of this plugin: from verified files to backbones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tlzoo.backbones import Backbone, FeatureMap, LoadRequest, image_preprocessing, load_digest, stages_by_layers
from tlzoo.registry import Entry, ImageInput

from .applications import load_application
from .hub import load_hub_network

__all__ = ["load_application", "load_glyphnet", "load_hub_network"]


def load_glyphnet(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the small residual network of ``glyphnet``: grey images (N, h, w, 1) to a feature map."""
    from tlzoo_vision.glyphnet import STAGES, glyphnet

    assert isinstance(entry.input, ImageInput)
    size = request.image_size or entry.input.size
    model = glyphnet(size[0], seed=request.seed)
    if request.weights == "pretrained":
        model.load_weights(files["weights"])
    height, width, channels = model.output_shape[1:]
    return Backbone(
        model=model,
        preprocessing=image_preprocessing(size, 1, scale=1 / 127.5, offset=-1.0),
        stages=stages_by_layers(model, STAGES),
        features=FeatureMap(height, width, channels),
        digest=load_digest(entry, files, request),
    )
