"""Preprocessing of images: from a raw image to a sample of fixed size, and to model-ready input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.backbones.contract import Preprocessing
from tlzoo.backbones.instructions import image_instructions

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.registry import InputContract

__all__ = ["PrepareImage", "contract_preprocessing", "image_preprocessing"]

# ITU-R BT.601 luma, as libjpeg and Pillow use it.
_COLOUR = 3
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PrepareImage:
    """Resize one image and convert its channels: uint8 (h, w, 1 or 3), 0 to 255, to float32 ``shape``.

    It also takes a batch of images of one size (batch, h, w, 1 or 3), and floating-point pixels.

    Bilinear with antialiasing, without preserving the aspect ratio; grey from colour by BT.601 luma, colour from grey
    by repetition. Pixels stay bytes until they are resized, so a large image needs no more memory than its decoded
    form.
    """

    height: int
    width: int
    channels: int

    def __call__(self, image: tf.Tensor) -> tf.Tensor:
        """Return the sample, float32 (height, width, channels), 0 to 255."""
        import tensorflow as tf

        resized = tf.cast(tf.image.resize(image, (self.height, self.width), antialias=True), tf.float32)
        if self.channels == 1 and image.shape[-1] == _COLOUR:
            resized = tf.tensordot(resized, tf.constant(_LUMA), 1)[..., tf.newaxis]
        elif self.channels == _COLOUR and image.shape[-1] == 1:
            resized = tf.repeat(resized, 3, axis=-1)
        batch = [None] * (resized.shape.rank - 3)
        return tf.ensure_shape(tf.clip_by_value(resized, 0.0, 255.0), (*batch, self.height, self.width, self.channels))


def image_preprocessing(
    size: tuple[int, int],
    channels: int,
    *,
    scale: float | Sequence[float] = 1.0,
    offset: float | Sequence[float] = 0.0,
    reverse_channels: bool = False,
) -> Preprocessing:
    """Return the preprocessing ``sample * scale + offset`` for images; ``reverse_channels`` (RGB to BGR) comes first.

    ``scale`` and ``offset`` are numbers or one number per channel. Only Keras layers are used, so a saved model
    needs no code of tlzoo to load.
    """
    shape = (*size, channels)
    return Preprocessing(
        prepare=PrepareImage(*shape),
        normalize=_normalize(shape, scale, offset, reverse_channels=reverse_channels),
        shape=shape,
        dtype="float32",
        instructions=image_instructions(*shape),
    )


def contract_preprocessing(contract: InputContract, size: tuple[int, int]) -> Preprocessing:
    """Return the normalization of an image contract, to ``range``, then ``(x - mean) / std``, as one multiplication.

    For BGR the channels are reversed first; ``mean`` and ``std`` are in the order that the network takes.
    """
    low, high = contract.range
    mean = contract.mean or (0.0,) * contract.channels
    std = contract.std or (1.0,) * contract.channels
    return image_preprocessing(
        size,
        contract.channels,
        scale=[(high - low) / 255 / each for each in std],
        offset=[(low - average) / each for average, each in zip(mean, std, strict=True)],
        reverse_channels=contract.order == "bgr",
    )


def _normalize(shape: tuple[int, ...], scale: Any, offset: Any, *, reverse_channels: bool) -> keras.Model:
    import keras

    inputs = keras.Input(shape, name="images")
    pixels = inputs[..., ::-1] if reverse_channels else inputs
    outputs = keras.layers.Rescaling(scale, offset, name="rescaling")(pixels)
    return keras.Model(inputs, outputs, name="normalize")
