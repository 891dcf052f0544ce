"""Augmentation of batches of prepared images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities.augmentation.draws import uniforms
from tlzoo.modalities.vision.augmentation import colour, geometry, randaugment
from tlzoo.modalities.vision.augmentation.mixing import mixed, pairing

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.modalities.augmentation.pairing import Pairing
    from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

__all__ = ["ImageAugmenter"]


@dataclass(slots=True)
class ImageAugmenter:
    """Augments images of one shape, (height, width, channels)."""

    options: ImageAugmentation
    shape: tuple[int, ...]
    _compiled: Any = None
    _moving: Any = None

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return the batch, augmented."""
        if self._compiled is None:
            self._compiled = self._compile()
        return self._compiled(batch, uniforms(base, samples, len(self._columns())))

    def moved_maps(self, maps: np.ndarray, base: int, samples: np.ndarray) -> Any:
        """Return label maps (batch, height, width) float32, moved as the images are, without interpolation."""
        if self._moving is None:
            self._moving = self._compile_moving()
        return self._moving(maps, uniforms(base, samples, len(geometry.COLUMNS)))

    def moved_boxes(self, boxes: np.ndarray, base: int, samples: np.ndarray) -> Any:
        """Return boxes (batch, boxes, columns) float32, moved as the images are."""
        import tensorflow as tf

        draws = tf.constant(uniforms(base, samples, len(geometry.COLUMNS)), tf.float64)
        by_name = {name: draws[:, position] for position, name in enumerate(geometry.COLUMNS)}
        return geometry.moved_boxes(tf.constant(boxes), by_name, self.options, (self.shape[0], self.shape[1]))

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:
        """Draw the pairs to mix."""
        return pairing(draw, batch, self.options, *self.shape[:2])

    def mixed(self, batch: Any, pairs: Pairing) -> Any:
        """Return the batch, mixed."""
        return mixed(batch, pairs)

    def _columns(self) -> list[str]:
        return [*geometry.COLUMNS, *colour.COLUMNS, *randaugment.columns(self.options)]

    def _compile_moving(self) -> Any:
        import tensorflow as tf

        def move(maps: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
            exact = tf.cast(draws, tf.float64)
            by_name = {name: exact[:, position] for position, name in enumerate(geometry.COLUMNS)}
            return geometry.moved(maps[..., tf.newaxis], by_name, self.options, "nearest")[..., 0]

        columns = len(geometry.COLUMNS)
        signature = (tf.TensorSpec((None, *self.shape[:2]), tf.float32), tf.TensorSpec((None, columns), tf.float32))
        return tf.function(move, input_signature=signature, autograph=False)

    def _compile(self) -> Any:
        import tensorflow as tf

        names, options = self._columns(), self.options

        def augment(images: tf.Tensor, draws: tf.Tensor) -> tf.Tensor:
            # In double precision, so that a sample's map does not depend on how its batch is divided for the
            # processor's vectors.
            exact = tf.cast(draws, tf.float64)
            by_name = {name: exact[:, position] for position, name in enumerate(names)}
            images = geometry.moved(images, by_name, options)
            images = colour.coloured(images, by_name, options)
            return randaugment.random_operations(images, by_name, options)

        signature = (tf.TensorSpec((None, *self.shape), tf.float32), tf.TensorSpec((None, len(names)), tf.float32))
        return tf.function(augment, input_signature=signature, autograph=False)
