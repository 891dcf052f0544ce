"""Simple statistics of images without a network: brightness, contrast, saturation and detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.data.contract import Examples

__all__ = ["picture_statistics", "statistics_of"]

SIDE = 32
_ENOUGH = 256


def picture_statistics(examples: Examples, indices: np.ndarray) -> dict[str, list[float]]:
    """Return the statistics of up to 256 evenly spaced images; see ``statistics_of``."""
    import tensorflow as tf

    chosen = indices[np.linspace(0, len(indices) - 1, min(len(indices), _ENOUGH)).astype(int)]

    def reduced(picture: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(tf.image.resize(picture, (SIDE, SIDE), antialias=True), tf.float32)
        return tf.repeat(pixels, 3, axis=-1) if picture.shape[-1] == 1 else pixels

    return statistics_of(np.stack([picture.numpy() for picture in examples.stream(chosen).map(reduced)]))


def statistics_of(pixels: np.ndarray[Any, Any]) -> dict[str, list[float]]:
    """Return mean and standard deviation of four properties in 0 to 1, over images (N, 32, 32, 3) of 0 to 255.

    ``brightness`` is an image's mean, ``contrast`` the standard deviation of its pixels, ``saturation`` the mean
    difference of its pixels' largest and smallest channel, ``detail`` the mean difference of neighbouring pixels.
    """
    shares = pixels.astype(np.float64) / 255
    grey = shares.mean(axis=3)
    across, down = np.abs(np.diff(grey, axis=2)), np.abs(np.diff(grey, axis=1))
    found = {
        "brightness": grey.mean(axis=(1, 2)),
        "contrast": grey.std(axis=(1, 2)),
        "saturation": (shares.max(axis=3) - shares.min(axis=3)).mean(axis=(1, 2)),
        "detail": (across.mean(axis=(1, 2)) + down.mean(axis=(1, 2))) / 2,
    }
    return {name: [round(float(values.mean()), 4), round(float(values.std()), 4)] for name, values in found.items()}
