"""The loader of SavedModels: modules of TensorFlow Hub, and your own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import is_module
from tlzoo.backbones.build_context import reserved_name
from tlzoo.backbones.contract import Backbone, LoadRequest, Stage
from tlzoo.backbones.features import FeatureMap, Features, Sequence, Vector
from tlzoo.backbones.hub.text_inputs import hub_layer
from tlzoo.backbones.loading import load_digest
from tlzoo.backbones.stages import stages_by_variables
from tlzoo.errors import EntryError
from tlzoo.modalities import require_modality
from tlzoo.registry import Entry

if TYPE_CHECKING:
    import keras

    from tlzoo.backbones.hub.layer import HubLayer

__all__ = ["load_module"]

_CHOICES = ("endpoint", "signature", "output_key", "arguments", "output_shape")
_OPTIONS = {*_CHOICES, "stages"}
_NETWORK_LAYERS = ("head", "normalize", "pooling", "samples")
"""Names of layers that tlzoo adds below and above a backbone's model."""


def load_module(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the SavedModel ``module`` as a backbone; texts pass ``preprocessor`` first, if there is one.

    Options are those of ``HubLayer`` (``endpoint``, ``signature``, ``output_key``, ``arguments``, ``output_shape``) and
    ``stages``: lists of a name and globs over names of variables, from input to output. Without them it has one stage.
    It cannot be cut: a SavedModel is one function. Random weights are drawn by the shapes of the variables.

    Raises:
        EntryError: For an unknown option, an unsupported request, and features that are not
            those of the entry.
    """
    if unknown := sorted(entry.options.keys() - _OPTIONS):
        raise EntryError(f"{entry.id}: unknown option {unknown[0]!r}", f"valid: {', '.join(sorted(_OPTIONS))}")
    if "module" not in files:
        raise EntryError(f"{entry.id}: its module is not on this machine", f"tlzoo fetch {entry.id}")
    preprocessing, inputs = require_modality(entry.modality).module_inputs(entry, files, request)
    layer = hub_layer(entry, "module", _name(entry, inputs), **{key: entry.options.get(key) for key in _CHOICES})
    model, features = _features(entry, inputs, layer(inputs), layer.name)
    if request.weights == "random":
        from tlzoo.backbones.hub.random_weights import randomize_variables

        randomize_variables(layer, request.seed)
    return Backbone(model, preprocessing, _stages(entry, model, layer), features, load_digest(entry, files, request))


def _name(entry: Entry, inputs: Any) -> str:
    """Return the name of layer and model: the architecture's, or ``module`` for a URL without an entry.

    Paths of variables in checkpoints begin with it, so it has a suffix only where another layer of the network has
    that name: Keras refuses two layers of one name.
    """
    import keras

    taken = {*_NETWORK_LAYERS, *(each.name for each in keras.tree.flatten(inputs))}
    return reserved_name("module" if is_module(entry.id) else entry.architecture, taken)


def _features(entry: Entry, inputs: Any, output: Any, name: str) -> tuple[keras.Model, Features]:
    """Return the model, and the kind of its features."""
    import keras
    from keras import ops

    if not hasattr(output, "shape"):
        keys = ", ".join(output) if isinstance(output, dict) else f"{len(output)} tensors"
        raise EntryError(f"{entry.id}: its module returns {keys}", "select one with options.output_key")
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
            raise EntryError(f"{entry.id}: its module returns a tensor of shape {shape}", "set options.output_shape")
    if entry.features.shape not in (None, shape):
        raise EntryError(f"{entry.id}: features.shape is {entry.features.shape}, but its module returns {shape}")
    return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name), features


def _stages(entry: Entry, model: keras.Model, layer: HubLayer) -> tuple[Stage, ...]:
    declared = entry.options.get("stages") or [["module", "*"]]
    if not model.weights:
        return (Stage("module", frozenset(), None),)
    return stages_by_variables(model, [(name, [f"{layer.name}/{glob}" for glob in globs]) for name, *globs in declared])
