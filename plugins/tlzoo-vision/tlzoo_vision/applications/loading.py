"""The loader of all networks of `keras.applications`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.backbones import Backbone, FeatureMap, LoadRequest, load_digest
from tlzoo.errors import BytesRefusedError, EntryError, did_you_mean
from tlzoo.registry import Entry, ImageInput

from . import efficientnet
from .architectures import STAGES
from .boundaries import cut
from .preprocessing import preprocessing_of

if TYPE_CHECKING:
    import keras

__all__ = ["load_application"]


def load_application(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the network that the option ``constructor`` names, without its classifier: (N, h, w, 3) to a feature map.

    Keras fetches nothing: the network is built empty, and filled from the entry's verified file. Raises EntryError for
    an unknown constructor, BytesRefusedError for a file that is not of this network or leads to other files.
    """
    assert isinstance(entry.input, ImageInput)
    constructor = str(entry.options.get("constructor"))
    if constructor not in STAGES:
        raise EntryError(f"{entry.id}: no constructor {constructor!r}", did_you_mean(constructor, STAGES))
    size = request.image_size or entry.input.size
    model = _build(constructor, (*size, entry.input.channels), request)
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


def _build(constructor: str, shape: tuple[int, int, int], request: LoadRequest) -> keras.Model:
    import keras

    with _seeded(request.seed), _dtype_policy(request.dtype):
        build = getattr(keras.applications, constructor)
        return build(weights=None, include_top=False, input_shape=shape)


def _fill(model: keras.Model, path: Path, what: str) -> None:
    """Load a file in Keras's legacy layout, which is by the order of layers. Keras refuses links to other files."""
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise BytesRefusedError(f"{what}: {path} cannot be loaded: {error}", "replace the file") from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let Keras draw the seeds of its initializers, which it takes from Python's generator, from this seed."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    """Build layers under a dtype policy: the constructors do not take one."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
