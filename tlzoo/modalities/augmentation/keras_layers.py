"""Augmentation by Keras layers that a recipe brings, one sample at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import field_validator

from tlzoo.artifacts.formats.keras_model import classes_in
from tlzoo.errors import TlzooError, UsageError
from tlzoo.keras_objects import HOMES, KerasConfig, config_of, keras_object
from tlzoo.modalities.augmentation.draws import uniforms
from tlzoo.modalities.augmentation.options import Augmentation

if TYPE_CHECKING:
    import keras

    from tlzoo.modalities.augmentation.pairing import Pairing

__all__ = ["KerasAugmentation", "KerasAugmenter", "layer_configs"]

_WORDS = 2**24
_NATIVE = {"MixUp": "mixup", "CutMix": "cutmix"}
_SCALED = 2.0
"""Largest value of a sample that was scaled to 0..1 or -1..1."""


class KerasAugmentation(Augmentation):
    """The policy ``keras``: layers in their order, in training mode."""

    modality: ClassVar[str] = "keras"
    layers: tuple[KerasConfig, ...] = ()

    @field_validator("layers", mode="before")
    @classmethod
    def _of_keras(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return tuple(KerasConfig.of_kind(each, "layer") for each in value)

    @field_validator("layers")
    @classmethod
    def _of_samples(cls, value: tuple[KerasConfig, ...]) -> tuple[KerasConfig, ...]:
        for named in classes_in([each.to_keras() for each in value]):
            if named["class_name"] in _NATIVE:
                own = _NATIVE[named["class_name"]]
                raise ValueError(f"{named['class_name']} mixes samples and labels of a batch; use -A {own}=0.2 instead")
        return value


def layer_configs(value: Any) -> list[dict[str, Any]]:
    """Return the configurations of a layer, of a list of layers, or of those of a ``keras.Sequential``.

    Seeds and names are left out: the run's own seed decides what is drawn. Raises UsageError for what holds no layers.
    """
    import keras

    if isinstance(value, keras.Sequential):
        value = value.layers
    if isinstance(value, keras.Model):
        raise UsageError(f"augment is a {type(value).__name__}", "give a keras.Sequential, or a list of layers")
    if not isinstance(value, keras.Layer | list | tuple):
        raise UsageError(
            f"augment is {value!r:.60}, neither a policy nor Keras layers",
            'give a name such as "standard", options, or a keras.Sequential',
        )
    if not isinstance(value, list | tuple):
        return [_essential(config_of(value, "layer"))]
    return [each for layer in value for each in layer_configs(layer)]


def _essential(config: Any) -> Any:
    """Return a configuration without what does not decide what layers do: their seeds and their numbered names."""
    if isinstance(config, list):
        return [_essential(each) for each in config]
    if not isinstance(config, dict):
        return config
    is_layer = isinstance(config.get("config"), dict) and config.get("module") == HOMES["layer"]
    inner = {key: each for key, each in config.items() if key != "seed"}
    if is_layer:
        inner["config"] = {key: each for key, each in config["config"].items() if key != "name"}
    return {key: _essential(each) for key, each in inner.items()}


@dataclass(slots=True)
class KerasAugmenter:
    """Augments samples of one shape by Keras layers.

    A sample goes through the layers by itself, with random states that follow from the view and the sample: what is
    drawn for it does not depend on its batch, and a resumed run draws the same.
    """

    options: KerasAugmentation
    shape: tuple[int, ...]
    _compiled: Any = None

    def __post_init__(self) -> None:
        """Make the layers and try them on made-up samples."""
        if not self.shape or None in self.shape:
            raise UsageError("Keras layers augment arrays of one size, and these samples are not", "leave out augment")
        self._compiled = self._compile()
        self._try()

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return the batch, augmented."""
        return self._compiled(batch, (uniforms(base, samples, 2) * _WORDS).astype(np.uint32))

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:  # noqa: ARG002 - none
        """Return None: no samples are mixed."""
        return None

    def mixed(self, batch: Any, pairs: Pairing) -> Any:  # noqa: ARG002 - none
        """Return the batch as it is."""
        return batch

    def _compile(self) -> Any:
        import keras
        import tensorflow as tf

        layers = [keras_object(each, "layer") for each in self.options.layers]
        try:
            model = keras.Sequential([keras.Input(self.shape, dtype="float32"), *layers])
        except (TypeError, ValueError, ArithmeticError) as error:
            raise _unusable(error) from error
        if model.weights:
            owner = next(layer.name for layer in layers if layer.weights)
            raise UsageError(f"the augment layer {owner!r} has weights, which would not be trained", "leave it out")
        states = _random_states(model)

        def augment(images: tf.Tensor, words: tf.Tensor) -> tf.Tensor:
            def one(drawn: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
                image, word = drawn
                for position, state in enumerate(states):
                    state.assign(word + tf.constant([position, 0], tf.uint32))
                return tf.cast(model(image[tf.newaxis], training=True)[0], tf.float32)

            kind = tf.TensorSpec(self.shape, tf.float32)
            return tf.map_fn(one, (images, words), fn_output_signature=kind, parallel_iterations=1)

        signature = (tf.TensorSpec((None, *self.shape), tf.float32), tf.TensorSpec((None, 2), tf.uint32))
        return tf.function(augment, input_signature=signature, autograph=False)

    def _try(self) -> None:
        """Raise UsageError for layers that change the shape, scale the values, or draw what cannot be repeated."""
        batch = np.random.default_rng(0).integers(0, 256, (2, *self.shape)).astype(np.float32)
        samples = np.arange(2)
        try:
            first, again = (np.asarray(self(batch, 0, samples)) for _ in range(2))
        except TlzooError:
            raise
        except Exception as error:
            raise _unusable(error) from error
        if not np.isfinite(first).all():
            raise UsageError("the augment layers make values that are not numbers", "try them one by one")
        if np.abs(first).max() <= _SCALED:
            raise UsageError(
                f"the augment layers scale samples to {first.min():.3g} … {first.max():.3g}, and the backbone "
                "takes 0 to 255 and scales by itself",
                "leave out Rescaling and Normalization",
            )
        if not np.array_equal(first, again):
            raise UsageError(
                "the augment layers draw numbers that tlzoo cannot seed, so that a resumed run would differ",
                "draw from a keras.random.SeedGenerator that is an attribute of the layer",
            )


def _random_states(model: keras.Model) -> list[Any]:
    held = {id(variable) for variable in model.weights}
    return [each for each in model.variables if id(each) not in held and "seed_generator" in each.path]


def _unusable(error: Exception) -> UsageError:
    return UsageError(
        f"the augment layers do not take the samples, or change their shape: {' '.join(str(error).split()):.300}",
        "samples must keep their shape, such as (height, width, channels)",
    )
