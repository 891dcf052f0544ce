"""Tiles of encoded images."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError
from tlzoo.modalities.tiles import TileGrid

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["only_tiles", "tiles_of_image"]

_MOST_PIXELS = 2**27
_KEPT_MODES = ("L", "LA", "RGB", "RGBA", "I;16")


def tiles_of_image(encoded: bytes, tile: int) -> tuple[TileGrid, Iterator[bytes]]:
    """Return the grid of an encoded image, and its tiles as PNG, made one after the other.

    Grey, 16 bits and transparency are kept. Raises DataError for an image that cannot be read.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(encoded)) as opened:
            too_large = opened.width * opened.height > _MOST_PIXELS
            image = Image.new("L", (1, 1)) if too_large else ImageOps.exif_transpose(opened)
            if image.mode in {"L", "RGB"} and image.has_transparency_data:
                image = image.convert(f"{image.mode}A")
            if image.mode not in _KEPT_MODES:
                image = image.convert("RGBA" if image.has_transparency_data else "RGB")
            pixels = np.asarray(image)
    except Exception as error:  # Pillow's plugins raise anything for a damaged file
        raise DataError(f"an image cannot be read: {error}", "restore it from its original") from error
    if too_large:
        raise DataError(f"an image has more than {_MOST_PIXELS:,} pixels", "divide it")
    grid = TileGrid.of_prediction(pixels.shape[0], pixels.shape[1], tile)
    return grid, (_png(grid.cut(pixels, top, left)) for top, left in grid.corners)


def only_tiles(read: Callable[[tf.Tensor], tf.Tensor], tile: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the reader that refuses images of another size than a tile: a graph cannot predict them by tiles."""
    import tensorflow as tf

    def checked(encoded: tf.Tensor) -> tf.Tensor:
        pixels = read(encoded)
        fits = tf.reduce_all(tf.shape(pixels)[:2] == tile)
        with tf.control_dependencies([tf.debugging.Assert(fits, [f"not a tile of {tile} x {tile} pixels"])]):
            return tf.identity(pixels)

    return checked


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
