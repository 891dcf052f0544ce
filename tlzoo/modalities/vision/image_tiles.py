"""Tiles of encoded images."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import DataError
from tlzoo.modalities.tiles import TileGrid
from tlzoo.modalities.vision.image_files.bit_depth import is_deep_png

if TYPE_CHECKING:
    import tensorflow as tf
    from PIL.Image import Image

__all__ = ["only_tiles", "tiles_of_image"]

_MOST_PIXELS = 2**27
_KEPT_MODES = ("L", "LA", "RGB", "RGBA", "I;16")


def tiles_of_image(encoded: bytes, tile: int, *, deep: bool = False) -> tuple[TileGrid, Iterator[bytes]]:
    """Return the grid of an encoded image, and its tiles as PNG, made one after the other.

    Grey and transparency are kept, and 16 bits of grey images. With ``deep``, 16 bits of colour images are kept, too,
    instead of their transparency. Raises DataError for an image that cannot be read.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(encoded)) as opened:
            too_large = opened.width * opened.height > _MOST_PIXELS
            if too_large:
                pixels = np.empty((1, 1), np.uint8)
            elif deep and opened.mode == "RGB" and is_deep_png(encoded):
                pixels = _deep_colours(encoded)
            else:
                pixels = _pixels(opened)
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


def _pixels(opened: Image) -> np.ndarray:
    """Return the upright pixels of an image, in a mode of ``_KEPT_MODES``."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(opened)
    if image.mode in {"L", "RGB"} and image.has_transparency_data:
        image = image.convert(f"{image.mode}A")
    if image.mode not in _KEPT_MODES:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return np.asarray(image)


def _deep_colours(encoded: bytes) -> np.ndarray:
    """Return the upright pixels of a PNG with 16 bits, uint16 (height, width, 3): Pillow reads only the high byte."""
    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.containers import png_chunk
    from tlzoo.modalities.vision.image_files.orientation import upright

    stored = tf.io.decode_png(encoded, channels=3, dtype=tf.uint16)
    pixels: np.ndarray = upright(stored, tf.constant(encoded), png_chunk(tf.constant(encoded), b"eXIf")).numpy()
    return pixels


def _png(pixels: np.ndarray) -> bytes:
    if pixels.ndim > 2 and pixels.dtype == np.uint16:  # noqa: PLR2004 - colours, which Pillow cannot write
        import tensorflow as tf

        return bytes(tf.io.encode_png(pixels, compression=1).numpy())
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
