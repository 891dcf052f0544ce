"""The loader of SavedModels: modules of TensorFlow Hub, and a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import is_module, known_hash
from tlzoo.backbones.build_context import reserved_name
from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing, Stage
from tlzoo.backbones.features import FeatureMap, Features, Sequence, Vector
from tlzoo.backbones.loading import load_digest
from tlzoo.backbones.stages import stages_by_variables
from tlzoo.errors import EntryError
from tlzoo.modalities import require_modality
from tlzoo.registry import Entry

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.backbones.hub.layer import HubLayer

__all__ = ["as_one_text", "load_module", "text_inputs"]

_CHOICES = ("endpoint", "signature", "output_key", "arguments", "output_shape")
_OPTIONS = {*_CHOICES, "stages"}
_NETWORK_LAYERS = ("head", "normalize", "pooling", "samples")
"""Names of the layers that tlzoo puts below and above a backbone's model."""


def load_module(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the SavedModel ``module`` as a backbone; texts go through ``preprocessor`` first, where there is one.

    Options are those of ``HubLayer`` (``endpoint``, ``signature``, ``output_key``, ``arguments``, ``output_shape``) and
    ``stages``: lists of a name and globs over names of variables, from input to output. Without them it has one stage.
    It cannot be cut: a SavedModel is one function. Random weights are drawn by the shapes of the variables.

    Raises EntryError for an option that there is not, a request that the module cannot meet, and features that are not
    those of the entry.
    """
    if unknown := sorted(entry.options.keys() - _OPTIONS):
        raise EntryError(f"{entry.id}: no option {unknown[0]!r}", f"there are: {', '.join(sorted(_OPTIONS))}")
    if "module" not in files:
        raise EntryError(f"{entry.id}: its module is not on this machine", f"tlzoo fetch {entry.id}")
    preprocessing, inputs = require_modality(entry.modality).module_inputs(entry, files, request)
    layer = _layer(entry, "module", _name(entry, inputs), **{key: entry.options.get(key) for key in _CHOICES})
    model, features = _features(entry, inputs, layer(inputs), layer.name)
    if request.weights == "random":
        from tlzoo.backbones.hub.random_weights import randomize_variables

        randomize_variables(layer, request.seed)
    return Backbone(model, preprocessing, _stages(entry, model, layer), features, load_digest(entry, files, request))


def as_one_text(texts: tf.Tensor) -> tf.Tensor:
    """Return one text, string (): that text, or the texts of a pair one after the other, with a space."""
    import tensorflow as tf

    return texts if texts.shape.rank == 0 else tf.strings.reduce_join(texts, separator=" ")


def _layer(entry: Entry, file: str, name: str, **choices: Any) -> HubLayer:
    from tlzoo.backbones.hub.layer import HubLayer

    declared = entry.files[file]
    if declared.members:
        raise EntryError(f"{entry.id}: files.{file} is declared file by file", "declare an archive, or a folder")
    return HubLayer(declared.source, hash=known_hash(declared), name=name, **choices)


def _name(entry: Entry, inputs: Any) -> str:
    """Return the name of layer and model: the architecture's, or ``module`` for an address without an entry.

    Paths of variables in checkpoints begin with it, so it has a suffix only where another layer of the network has
    that name: Keras refuses two layers of one name.
    """
    import keras

    taken = {*_NETWORK_LAYERS, *(each.name for each in keras.tree.flatten(inputs))}
    return reserved_name("module" if is_module(entry.id) else entry.architecture, taken)


def text_inputs(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> tuple[Preprocessing, Any]:
    """Return the preprocessing of a module for texts, and its symbolic inputs."""
    import keras

    if request.sequence_length not in (None, entry.input.sequence_length):
        own = entry.input.sequence_length
        said = f"cuts texts to {own} tokens and to no other length" if own else "takes whole texts"
        raise EntryError(f"{entry.id} {said}", "leave out the sequence length")
    texts = keras.Input((), dtype="string", name="texts")
    if "preprocessor" not in entry.files:
        same = keras.Model(texts, keras.layers.Identity(dtype="string", name="as_it_is")(texts), name="normalize")
        return _of_texts(same), keras.Input((), dtype="string", name="sentences")
    if "preprocessor" not in files:
        raise EntryError(f"{entry.id}: its preprocessor is not on this machine", f"tlzoo fetch {entry.id}")
    ready = _layer(entry, "preprocessor", "preprocessor")(texts)
    inputs = {name: keras.Input(each.shape[1:], dtype=each.dtype, name=name) for name, each in ready.items()}
    return _of_texts(keras.Model(texts, ready, name="normalize")), inputs


def _of_texts(normalize: keras.Model) -> Preprocessing:
    return Preprocessing(prepare=as_one_text, normalize=normalize, shape=(), dtype="string")


def _features(entry: Entry, inputs: Any, output: Any, name: str) -> tuple[keras.Model, Features]:
    """Return the model of it, and what kind of features it gives."""
    import keras
    from keras import ops

    if not hasattr(output, "shape"):
        keys = ", ".join(output) if isinstance(output, dict) else f"{len(output)} tensors"
        raise EntryError(f"{entry.id}: its module gives {keys}", "say which as options.output_key")
    shape: tuple[Any, ...] = tuple(output.shape[1:])
    pooling: Any = "average" if entry.features.pooling == "none" else entry.features.pooling
    outputs = [output]
    features: Features
    match shape:
        case (int(size),):
            features = Vector(size)
        case (int(height), int(width), int(channels)):
            features = FeatureMap(height, width, channels, pooling)
        case (int(length), int(size)):
            outputs = [output, ops.ones_like(output[:, :, 0], dtype="bool")]
            features = Sequence(length, size, pooling)
        case _:
            raise EntryError(f"{entry.id}: its module gives a tensor of shape {shape}", "say options.output_shape")
    if entry.features.shape not in (None, shape):
        raise EntryError(f"{entry.id}: features.shape is {entry.features.shape}, and its module gives {shape}")
    return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name), features


def _stages(entry: Entry, model: keras.Model, layer: HubLayer) -> tuple[Stage, ...]:
    declared = entry.options.get("stages") or [["module", "*"]]
    if not model.weights:
        return (Stage("module", frozenset(), None),)
    return stages_by_variables(model, [(name, [f"{layer.name}/{glob}" for glob in globs]) for name, *globs in declared])
