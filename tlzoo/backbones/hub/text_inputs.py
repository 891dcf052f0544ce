"""Preprocessing and inputs of SavedModels for texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import known_hash
from tlzoo.backbones.contract import LoadRequest, Preprocessing
from tlzoo.errors import EntryError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.backbones.hub.layer import HubLayer
    from tlzoo.registry import Entry

__all__ = ["as_one_text", "hub_layer", "text_inputs"]


def text_inputs(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> tuple[Preprocessing, Any]:
    """Return the preprocessing of a module for texts, and its symbolic inputs."""
    import keras

    if request.sequence_length not in (None, entry.input.sequence_length):
        own = entry.input.sequence_length
        said = f"truncates texts to exactly {own} tokens" if own else "takes whole texts"
        raise EntryError(f"{entry.id} {said}", "leave out the sequence length")
    texts = keras.Input((), dtype="string", name="texts")
    if "preprocessor" not in entry.files:
        same = keras.Model(texts, keras.layers.Identity(dtype="string", name="as_it_is")(texts), name="normalize")
        return _of_texts(same), keras.Input((), dtype="string", name="sentences")
    if "preprocessor" not in files:
        raise EntryError(f"{entry.id}: its preprocessor is not on this machine", f"tlzoo fetch {entry.id}")
    ready = hub_layer(entry, "preprocessor", "preprocessor")(texts)
    inputs = {name: keras.Input(each.shape[1:], dtype=each.dtype, name=name) for name, each in ready.items()}
    return _of_texts(keras.Model(texts, ready, name="normalize")), inputs


def _of_texts(normalize: keras.Model) -> Preprocessing:
    return Preprocessing(prepare=as_one_text, normalize=normalize, shape=(), dtype="string")


def as_one_text(texts: tf.Tensor) -> tf.Tensor:
    """Return one text, string (): that text, or the texts of a pair one after the other, with a space."""
    import tensorflow as tf

    return texts if texts.shape.rank == 0 else tf.strings.reduce_join(texts, separator=" ")


def hub_layer(entry: Entry, file: str, name: str, **choices: Any) -> HubLayer:
    """Return the Keras layer of a SavedModel that an entry declares under ``file``."""
    from tlzoo.backbones.hub.layer import HubLayer

    declared = entry.files[file]
    if declared.members:
        raise EntryError(f"{entry.id}: files.{file} is declared file by file", "declare an archive, or a folder")
    return HubLayer(declared.source, hash=known_hash(declared), name=name, **choices)
