"""Loader of all vision networks of KerasHub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.backbones import (
    Backbone,
    FeatureMap,
    LoadRequest,
    Sequence,
    load_digest,
    stages_by_layers,
)
from tlzoo.errors import EntryError
from tlzoo.registry import Entry
from tlzoo_vision.applications.preprocessing import preprocessing_of

from .families import FAMILIES, Blocks, Levels
from .presets import load_preset

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones import Features

__all__ = ["load_hub_network"]


def load_hub_network(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the network of the option ``class``: (N, h, w, 3) to a feature map or a sequence of patches.

    Raises the errors of ``load_preset``.
    """
    size = request.image_size or entry.input.size
    network = load_preset(entry, files, request, (*size, entry.input.channels))
    family = FAMILIES[str(entry.options["class"])]
    if isinstance(family, Blocks):
        model, boundaries = _unrolled(network, family, entry.architecture)
    else:
        model, boundaries = _with_levels(network, family, entry.architecture)
    return Backbone(
        model=model,
        preprocessing=preprocessing_of(entry.input, size),
        stages=stages_by_layers(model, boundaries),
        features=_features(entry, model),
        digest=load_digest(entry, files, request),
    )


def _of_sequence_or_map(network: keras.Model, name: str) -> keras.Model:
    """Return the network; if its output is a sequence, add an output with a mask that is true everywhere."""
    import keras

    if len(network.output.shape) == 4:  # noqa: PLR2004 - batch, height, width, channels
        return keras.Model(network.inputs[0], network.output, name=name)
    return keras.Model(network.inputs[0], [network.output, _all_there(network.output)], name=name)


def _all_there(sequence: keras.KerasTensor) -> keras.KerasTensor:
    from keras import ops

    return ops.ones_like(sequence[:, :, 0], dtype="bool")


def _unrolled(network: keras.Model, family: Blocks, name: str) -> tuple[keras.Model, list[tuple[str, str]]]:
    """Return the network with the blocks of its encoder in the graph, which allows cuts between them."""
    import keras

    from .dino import self_distilled
    from .patches import mended

    replaced = self_distilled(network) or mended
    encoder = network.get_layer(family.encoder)
    images = network.inputs[0]
    hidden = replaced(network.get_layer(family.embeddings), images.shape)(images)
    if hasattr(encoder, "dropout"):
        hidden = encoder.dropout(hidden)
    boundaries = [("embeddings", hidden._keras_history.operation.name)]
    for number, block in enumerate(getattr(encoder, family.blocks), start=1):
        hidden = replaced(block, hidden.shape)(hidden)
        boundaries.append((f"block{number}", hidden._keras_history.operation.name))
    norm = encoder.layer_norm if family.norm is None else network.get_layer(family.norm)
    hidden = norm(hidden)
    model = keras.Model(images, [hidden, _all_there(hidden)], name=name)
    return model, boundaries


def _with_levels(network: keras.Model, family: Levels, name: str) -> tuple[keras.Model, list[tuple[str, str]]]:
    """Return the network with layers that can be loaded, and the last layer of each level."""
    from .pyramids import readable

    network = readable(network)
    return _of_sequence_or_map(network, name), _levels(network, family)


def _levels(network: keras.Model, family: Levels) -> list[tuple[str, str]]:
    names = [each.name for each in network.operations]
    boundaries = []
    if family.stem:
        boundaries.append(("stem", [name for name in names if name.startswith(family.stem)][-1]))
    number = 0
    while own := [name for name in names if name.startswith(family.level.format(number))]:
        number += 1
        boundaries.append((f"stage{number}", own[-1]))
    return boundaries


def _features(entry: Entry, model: keras.Model) -> Features:
    shape = tuple(model.outputs[0].shape[1:])
    if len(shape) == 3:  # noqa: PLR2004 - height, width, channels
        return FeatureMap(*shape)
    pooling = entry.features.pooling
    if pooling not in ("average", "max", "first", "last"):
        raise EntryError(f"{entry.id}: features.pooling is {pooling!r}", "valid: average, max, first, last")
    length, channels = shape
    return Sequence(length, channels, pooling=pooling)
