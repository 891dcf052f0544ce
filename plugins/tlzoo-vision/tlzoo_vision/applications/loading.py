"""Loader of all networks of `keras.applications`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.backbones import Backbone, FeatureMap, LoadRequest, load_digest, seeded
from tlzoo.errors import BytesRefusedError, EntryError, did_you_mean
from tlzoo.registry import Entry

from . import efficientnet
from .architectures import STAGES
from .boundaries import cut
from .preprocessing import preprocessing_of

if TYPE_CHECKING:
    import keras

__all__ = ["load_application"]


def load_application(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the network of the option ``constructor``, without its classifier: (N, h, w, 3) to a feature map.

    Keras downloads nothing: the network is built without weights, which are loaded from the entry's verified file.

    Raises:
        EntryError: For an unknown constructor.
        BytesRefusedError: For a file of another network, or one with links to other files.
    """
    constructor = str(entry.options.get("constructor"))
    if constructor not in STAGES:
        raise EntryError(f"{entry.id}: unknown constructor {constructor!r}", did_you_mean(constructor, STAGES))
    size = request.image_size or entry.input.size
    model = _build(constructor, (*size, entry.input.channels), request.seed)
    pretrained = request.weights == "pretrained"
    if pretrained:
        _fill(model, files["weights"], f"{entry.id}: weights")
    if constructor in efficientnet.STAGES:
        efficientnet.normalize_as_published(model, pretrained=pretrained)
    height, width, channels = model.output_shape[1:]
    return Backbone(
        model=model,
        preprocessing=preprocessing_of(entry.input, size),
        stages=cut(model, STAGES[constructor]),
        features=FeatureMap(height, width, channels),
        digest=load_digest(entry, files, request),
    )


def _build(constructor: str, shape: tuple[int, int, int], seed: int) -> keras.Model:
    import keras

    build = getattr(keras.applications, constructor)
    with seeded(seed):
        return build(weights=None, include_top=False, input_shape=shape)


def _fill(model: keras.Model, path: Path, what: str) -> None:
    """Load a file in Keras's legacy layout, in the order of layers. Keras refuses links to other files."""
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise BytesRefusedError(f"{what}: {path} cannot be loaded: {error}", "replace the file") from error
