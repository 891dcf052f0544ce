"""Augmentation by the Keras layers of a recipe, sample by sample."""

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
    """Return the configurations of a layer, a list of layers, or the layers of a ``keras.Sequential``.

    Seeds and names are omitted: the seed of the run is used. Raises UsageError for other objects.
    """
    import keras

    if isinstance(value, keras.Sequential):
        value = value.layers
    if isinstance(value, keras.Model):
        raise UsageError(
            f"augment must be a name, options or Keras layers; got {type(value).__name__}",
            "pass a keras.Sequential or a list of layers",
        )
    if not isinstance(value, keras.Layer | list | tuple):
        raise UsageError(
            f"augment must be a policy or Keras layers; got {value!r:.60}",
            'pass a name such as "standard", options, or a keras.Sequential',
        )
    if not isinstance(value, list | tuple):
        return [_essential(config_of(value, "layer"))]
    return [each for layer in value for each in layer_configs(layer)]


def _essential(config: Any) -> Any:
    """Return a configuration without seeds and numbered names, which do not change the operation."""
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
    """Augments samples of one shape with Keras layers.

    Each sample passes the layers separately, with random states derived from the view and the sample: its random values
    do not depend on the batch, and a resumed run draws the same.
    """

    options: KerasAugmentation
    shape: tuple[int, ...]
    _compiled: Any = None

    def __post_init__(self) -> None:
        """Make the layers and test them on artificial samples."""
        if not self.shape or None in self.shape:
            raise UsageError(
                "Keras layers need arrays of one size, but these samples have several", "leave out augment"
            )
        self._compiled = self._compile()
        self._try()

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return the batch, augmented."""
        return self._compiled(batch, (uniforms(base, samples, 2) * _WORDS).astype(np.uint32))

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:  # noqa: ARG002 - none
        """Return None: samples are not mixed."""
        return None

    def mixed(self, batch: Any, pairs: Pairing) -> Any:  # noqa: ARG002 - none
        """Return the batch unchanged."""
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
            raise UsageError(f"the augment layer {owner!r} has weights, which are not trained", "remove the layer")
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
        """Raise UsageError for layers that change the shape, scale the values, or draw irreproducible values."""
        batch = np.random.default_rng(0).integers(0, 256, (2, *self.shape)).astype(np.float32)
        samples = np.arange(2)
        try:
            first, again = (np.asarray(self(batch, 0, samples)) for _ in range(2))
        except TlzooError:
            raise
        except Exception as error:
            raise _unusable(error) from error
        if not np.isfinite(first).all():
            raise UsageError("the augment layers return NaN or infinite values", "test them one by one")
        if np.abs(first).max() <= _SCALED:
            raise UsageError(
                f"the augment layers scale samples to {first.min():.3g} … {first.max():.3g}, but the backbone "
                "takes 0 to 255 and scales them itself",
                "remove Rescaling and Normalization",
            )
        if not np.array_equal(first, again):
            raise UsageError(
                "the augment layers draw random numbers that tlzoo cannot seed, so a resumed run would differ",
                "use a keras.random.SeedGenerator that is an attribute of the layer",
            )


def _random_states(model: keras.Model) -> list[Any]:
    held = {id(variable) for variable in model.weights}
    return [each for each in model.variables if id(each) not in held and "seed_generator" in each.path]


def _unusable(error: Exception) -> UsageError:
    return UsageError(
        f"the augment layers fail on the samples, or change their shape: {' '.join(str(error).split()):.300}",
        "use layers that keep the shape of samples, such as (height, width, channels)",
    )
