"""A backbone as one Keras layer from raw inputs to features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, final

import keras

from tlzoo.backbones.contract import Backbone, LoadRequest, Preprocessing
from tlzoo.backbones.features import Pooling, pool
from tlzoo.backbones.hub.layer import HubLayer
from tlzoo.backbones.images import PrepareImage
from tlzoo.backbones.registered_layers import import_layers
from tlzoo.backbones.selection import Parts, Selection, everything
from tlzoo.errors import EntryError
from tlzoo.modalities import Modality, require_modality
from tlzoo.registry import Entry

__all__ = ["BackboneLayer", "Statistics", "Trainable", "feature_model", "layer_of", "pooled", "prepared_batch"]

Trainable = bool | Selection
"""Trainable part of a layer: False, True, or a selection such as ``top(2)``."""

Statistics = Literal["frozen", "trained"]


def pooled(backbone: Backbone, pooling: Pooling = "declared") -> list[keras.KerasTensor]:
    """Return the pooled features of a backbone: one symbolic tensor of its model, (batch, size).

    Raises:
        UsageError: For a pooling that the features do not have.
    """
    return [pool(backbone.features, list(backbone.model.outputs), pooling)]


def feature_model(backbone: Backbone, features: Sequence[keras.KerasTensor]) -> keras.Model:
    """Return the model from a batch of prepared samples (batch, …) to features, tensors of the backbone's model.

    It shares its variables with the backbone.
    """
    preprocessing = backbone.preprocessing
    outputs = features[0] if len(features) == 1 else list(features)
    model = backbone.model
    entrance = model.inputs if isinstance(model, keras.Sequential) else model.input  # a Sequential has no `input`
    samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
    ready = preprocessing.normalize(samples)
    return keras.Model(samples, keras.Model(entrance, outputs, name="backbone")(ready), name="features")


@final
@keras.saving.register_keras_serializable("tlzoo")
class BackboneLayer(keras.layers.Layer):  # type: ignore[misc]
    """A pretrained backbone with its preprocessing and pooling, for a Keras model of your own.

    Make one with ``backbone.layer()``. Its inputs are raw: images (batch, height, width, 1 or 3), or without the axis
    of channels, of any size, with values 0 to 255; texts, strings (batch,), or (batch, 2) for pairs; or what the
    modality of a plugin takes. Its outputs are features (batch, size). It resizes and normalizes for the backbone, so
    do not rescale images yourself.

    A saved layer has architecture and weights. To load one, ``import tlzoo``. A layer for inputs other than images
    also needs the plugin and the files of its entry, such as a vocabulary.

    The layer has its own variables: training it does not change the backbone.

    Args:
        features: The model from prepared samples to features.
        prepare: Function from one raw input to one sample.
        modality: The name of the modality of its raw input.
        stages: The variables of each stage: their positions in ``features.weights``.
        source: The id of the entry, and the fields of its request.
        trainable: Whether it trains. The attribute can be changed later, before ``compile``.
        train: The variables to train.
        statistics: ``"frozen"`` keeps BatchNorm in inference mode even if its stage trains; ``"trained"`` does not.
        options: Options of ``keras.layers.Layer``, such as ``name``.
    """

    def __init__(
        self,
        features: keras.Model,
        prepare: Any,
        modality: str,
        stages: Mapping[str, Sequence[int]],
        source: tuple[str, Mapping[str, Any]],
        trainable: bool = False,  # noqa: FBT001, FBT002 - as of every Keras layer
        train: Selection | None = None,
        statistics: Statistics = "frozen",
        **options: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **options})  # half precision cannot represent 0 to 255 with fractions
        self.supports_jit = False  # images of any size, strings and tables
        self.features = features
        (samples,) = features.inputs
        self._modality = require_modality(modality)
        self._preprocessing = Preprocessing(prepare, features, tuple(samples.shape[1:]), samples.dtype)
        self._positions = {name: tuple(positions) for name, positions in stages.items()}
        self._source = (source[0], dict(source[1]))
        self._train = train or everything()
        self._statistics = statistics
        self.set_trainable(self._train if trainable else False)

    @property
    def trainable(self) -> bool:
        """Whether any variable trains. True trains the previous selection, or everything."""
        return bool(self._trainable)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.set_trainable(self._train if value else False)

    @property
    def stages(self) -> dict[str, tuple[str, ...]]:
        """The paths of the variables of each stage, from input to output."""
        weights = self.features.weights
        return {name: tuple(weights[each].path for each in own) for name, own in self._positions.items()}

    def set_trainable(self, trainable: Trainable) -> None:
        """Freeze the layer, or train all of it or a selection. Compile the model afterwards.

        Raises:
            UsageError: For an empty selection.
        """
        if trainable is True:
            trainable = everything()
        chosen: frozenset[str] = frozenset()
        if trainable is not False:
            stages = {name: frozenset(paths) for name, paths in self.stages.items()}
            chosen = trainable.paths(Parts(head=frozenset(), stages=stages))
            self._train = trainable
        self._trainable = bool(chosen)
        for layer in _with_variables(self.features):
            _set_trained(layer, chosen, self._statistics)

    def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001 - as of every Keras layer
        """Return the features (batch, size) of raw inputs. If nothing trains, it is in inference mode."""
        return self.features(self._prepared(inputs), training=bool(training) and self._trainable)

    def compute_output_spec(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001
        """Return the shape of the features: Keras cannot trace strings."""
        del training
        reader = self._modality.array_reader(self._preprocessing)
        self._modality.check_batch(reader, tuple(inputs.shape), keras.backend.standardize_dtype(inputs.dtype))
        return keras.tree.map_structure(
            lambda output: keras.KerasTensor((inputs.shape[0], *output.shape[1:]), dtype=output.dtype),
            self.features.output,
        )

    def _prepared(self, inputs: Any) -> Any:
        return prepared_batch(self._modality, self._preprocessing, inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, without weights, which Keras saves."""
        entry, request = self._source
        prepare = self._preprocessing.prepare
        return {
            **super().get_config(),
            "features": keras.saving.serialize_keras_object(self.features),
            "prepare": asdict(prepare) if isinstance(prepare, PrepareImage) else self._preprocessing.identity,
            "modality": self._modality.name,
            "stages": {name: list(positions) for name, positions in self._positions.items()},
            "entry": entry,
            "request": dict(request),
            "train": self._train.model_dump(mode="json"),
            "statistics": self._statistics,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> BackboneLayer:
        """Make the layer from its configuration. Raises EntryError for a missing or changed entry."""
        import_layers()  # the model may have layers of plugins
        config = dict(config)
        source = (config.pop("entry"), config.pop("request"))
        described = config.pop("prepare")
        return cls(
            features=keras.saving.deserialize_keras_object(config.pop("features")),
            prepare=PrepareImage(**described) if isinstance(described, dict) else _preparation(*source, described),
            source=source,
            train=_selection(config.pop("train")),
            **config,
        )


def prepared_batch(modality: Modality, preprocessing: Preprocessing, raw: Any) -> Any:
    """Return samples (batch, …) of raw inputs of one shape, in the form of the modality's array reader.

    Raises:
        UsageError: For a batch of another shape or type.
    """
    import tensorflow as tf

    raw, reader = tf.convert_to_tensor(raw), modality.array_reader(preprocessing)
    modality.check_batch(reader, tuple(raw.shape), raw.dtype.name)
    raw, prepare = modality.read_batch(reader, raw), preprocessing.prepare
    if isinstance(prepare, PrepareImage) and reader.dtype != "string":
        return prepare(raw)
    return tf.map_fn(
        lambda each: prepare(reader.read(each)),
        raw,
        fn_output_signature=tf.TensorSpec(preprocessing.shape, preprocessing.dtype),
    )


def _preparation(entry: str, request: Mapping[str, Any], identity: str) -> Any:
    """Return the preprocessing of an entry, whose tables are not in the saved layer. Nothing is downloaded."""
    from tlzoo.backbones.loading import load_backbone

    size = request.get("image_size")
    fields = {**request, "weights": "random", "image_size": None if size is None else tuple(size)}
    found = load_backbone(entry, LoadRequest(**fields)).preprocessing
    if found.identity != identity:
        raise EntryError(
            f"{entry} has other preprocessing than when the layer was saved", "install the version of that time"
        )
    return found.prepare


def _selection(plain: Mapping[str, Any]) -> Selection:
    from pydantic import TypeAdapter

    selection: Selection = TypeAdapter(Selection).validate_python(plain)
    return selection


def _with_variables(model: keras.Model) -> Iterator[keras.Layer]:
    for layer in model._flatten_layers(include_self=False):
        if layer._trainable_variables or layer._non_trainable_variables:
            yield layer


def _set_trained(layer: keras.Layer, chosen: frozenset[str], statistics: Statistics) -> None:
    """Let a layer train the chosen variables. Without any, it is frozen, with BatchNorm in inference mode."""
    paths = {variable.path for variable in layer.weights} & chosen
    if isinstance(layer, HubLayer):
        layer.train_only(paths, statistics=statistics == "trained")
        return
    if isinstance(layer, keras.layers.BatchNormalization) and statistics == "frozen":
        paths = set()
    layer.trainable = bool(paths)
    for variable in layer._trainable_variables:
        variable.trainable = variable.path in paths


def _copied(model: keras.Model) -> keras.Model:
    """Return a copy of a model with its own variables. Raises EntryError for a model that cannot be saved."""
    try:
        copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
    except (TypeError, ValueError, NotImplementedError) as error:
        said = " ".join(str(error).split())[:200]
        raise EntryError(
            f"the backbone has a layer that Keras cannot save: {said}",
            "its plugin must register the class: @keras.saving.register_keras_serializable",
        ) from error
    for own, source in zip(copy.weights, model.weights, strict=True):
        own.assign(source)
    return copy


def layer_of(
    backbone: Backbone,
    entry: Entry,
    request: LoadRequest,
    features: Sequence[keras.KerasTensor],
    trainable: Trainable,
    statistics: Statistics,
    **options: Any,
) -> BackboneLayer:
    """Return a layer with a copy of the backbone's weights; ``features`` are those of ``feature_model``."""
    model = feature_model(backbone, features)
    position = {variable.path: number for number, variable in enumerate(model.weights)}
    normalizing = {variable.path for variable in backbone.preprocessing.normalize.weights}
    stages = {
        stage.name: sorted(position[path] for path in stage.variables - normalizing if path in position)
        for stage in backbone.stages
    }
    layer = BackboneLayer(
        _copied(model),
        backbone.preprocessing.prepare,
        entry.modality,
        stages,
        (entry.id, asdict(request)),
        statistics=statistics,
        **options,
    )
    layer.set_trainable(trainable)
    return layer
