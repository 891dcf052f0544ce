"""An augmentation at work on batches of prepared samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tlzoo.data.augmentation import colour, geometry, randaugment
from tlzoo.data.augmentation.draws import uniforms
from tlzoo.data.augmentation.mixing import Pairing, mixed, pairing
from tlzoo.data.augmentation.options import Augmentation, ImageAugmentation, TextAugmentation
from tlzoo.data.augmentation.words import drop_words
from tlzoo.errors import UsageError
from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Augmenter", "augmenter", "image_augmenter", "text_augmenter"]

_IMAGE = 3


class Augmenter(Protocol):
    """Changes batches of samples. What it draws is a function of ``base`` and of each sample, whatever the batch."""

    @property
    def options(self) -> Augmentation:
        """What it does."""
        ...

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return a batch of the same shape and dtype; ``samples`` (batch,) are positions in the data set."""
        ...

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:
        """Draw who is mixed with whom in a batch of this size; None where nothing is."""
        ...

    def mixed(self, batch: Any, pairs: Pairing) -> Any:
        """Return a batch mixed as the pairs say."""
        ...


def augmenter(options: Augmentation, shape: tuple[int, ...]) -> Augmenter:
    """Return what augments samples of this shape; raise UsageError where they cannot be augmented."""
    return require_modality(options.modality).augmenter(options, shape)


def image_augmenter(options: Augmentation, shape: tuple[int, ...]) -> Augmenter:
    """Return what augments images; raise UsageError where they are not (height, width, channels)."""
    if isinstance(options, ImageAugmentation) and len(shape) == _IMAGE:
        return _Images(options, shape)
    raise UsageError(f"samples of shape {shape} cannot be augmented", "leave out `augment`")


def text_augmenter(options: Augmentation) -> Augmenter:
    """Return what augments texts."""
    if isinstance(options, TextAugmentation):
        return _Texts(options)
    raise UsageError(f"texts cannot be augmented by {type(options).__name__}", "leave out `augment`")


@dataclass(slots=True)
class _Images:
    options: ImageAugmentation
    shape: tuple[int, ...]
    _compiled: Any = None

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        if self._compiled is None:
            self._compiled = self._compile()
        return self._compiled(batch, uniforms(base, samples, len(self._columns())))

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:
        return pairing(draw, batch, self.options, *self.shape[:2])

    def mixed(self, batch: Any, pairs: Pairing) -> Any:
        return mixed(batch, pairs)

    def _columns(self) -> list[str]:
        return [*geometry.COLUMNS, *colour.COLUMNS, *randaugment.columns(self.options)]

    def _compile(self) -> Any:
        import tensorflow as tf

        names, options = self._columns(), self.options

        def augment(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
            # In double precision, so that a sample's map does not depend on how its batch is taken apart for the
            # processor's vectors.
            exact = tf.cast(draws, tf.float64)
            by_name = {name: exact[:, position] for position, name in enumerate(names)}
            images = geometry.moved(images, by_name, options)
            images = colour.coloured(images, by_name, options)
            return randaugment.random_operations(images, by_name, options)

        signature = (tf.TensorSpec((None, *self.shape), tf.float32), tf.TensorSpec((None, len(names)), tf.float32))
        return tf.function(augment, input_signature=signature, autograph=False)


@dataclass(slots=True)
class _Texts:
    options: TextAugmentation

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        texts = batch if isinstance(batch, np.ndarray) else batch.numpy()
        return drop_words(texts, base, samples, self.options.word_dropout)

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:  # noqa: ARG002 - texts do not mix
        return None

    def mixed(self, batch: Any, pairs: Pairing) -> Any:  # noqa: ARG002 - as above
        return batch
