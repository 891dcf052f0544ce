"""Images and masks as tiles, for images larger than a network's input."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data import ChosenColumns
from tlzoo.errors import UsageError
from tlzoo.modalities import LARGEST_TILE, SMALLEST_TILE, TileGrid

from .masks import IGNORED, Mask

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo.data import Samples

__all__ = ["ImageTiles", "in_tiles", "tile_option"]


def tile_option(text: str | None) -> int | None:
    """Return the side of tiles in pixels, from the option ``tile``."""
    if text is None:
        return None
    if not text.isdecimal() or not SMALLEST_TILE <= int(text) <= LARGEST_TILE:
        raise UsageError(f"tile={text:.20} is not the side of a tile", f"give {SMALLEST_TILE} to {LARGEST_TILE} pixels")
    return int(text)


def in_tiles(samples: Samples, tile: int) -> Samples:
    """Return the tiles of images as samples, without overlap; tiles without a labelled pixel are left out.

    Pixels beyond the image repeat its last ones, and are ignored in masks. The tiles of an image are a group.
    """
    places: list[tuple[int, int, int]] = []
    masks: list[Mask] = []
    for image, mask in enumerate(samples.labels):
        corners = list(TileGrid(mask.size[0], mask.size[1], tile, 0).corners)
        for corner, part in zip(corners, mask.tiles(corners, tile), strict=True):
            if part.counts[:IGNORED].any():
                places.append((image, *corner))
                masks.append(part)
    found = np.array(places, np.int64).reshape(-1, 3)
    contents = (samples.digests[image].tobytes() + f"{top} {left} {tile}".encode() for image, top, left in places)
    digests = b"".join(hashlib.sha256(each).digest() for each in contents)
    labels = np.empty(len(masks), object)
    labels[:] = masks
    return replace(
        samples,
        examples=ImageTiles(samples.examples, found, tile),
        labels=labels,
        digests=np.frombuffer(digests, np.uint8).reshape(-1, 32),
        given={name: np.flatnonzero(np.isin(found[:, 0], part)) for name, part in samples.given.items()},
        groups=found[:, 0],
        columns=None if samples.columns is None else ChosenColumns(samples.columns, found[:, 0]),
        notes=(*samples.notes, f"{len(samples.labels)} images are {len(masks)} tiles of {tile} x {tile} pixels"),
    )


class ImageTiles:
    """Tiles of the images of another source: (tile, tile, 1 or 3), of their type."""

    def __init__(self, examples: Any, places: np.ndarray, tile: int) -> None:
        """Take the images, and the image, top and left of each tile, int64 (N, 3)."""
        self._examples = examples
        self._places = places
        self.tile = tile
        self.modality = examples.modality
        self.formats = examples.formats
        self.background = examples.background
        self.bits = getattr(examples, "bits", 8)
        self.input_maximum = getattr(examples, "input_maximum", None)
        channels = examples.shapes[places[:, 0], 2]
        self.shapes = np.stack([np.full_like(channels, tile), np.full_like(channels, tile), channels], axis=1)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self._places)

    def name(self, index: int) -> str:
        """Return the name of the image with the top and left of the tile: ``scans/images/1.png (256, 0)``."""
        image, top, left = self._places[index].tolist()
        return f"{self._examples.name(image)} ({top}, {left})"

    def stream(self, indices: np.ndarray) -> tf.data.Dataset:
        """Return the tiles at ``indices``, in that order; an image is decoded once for tiles that follow each other."""
        import tensorflow as tf

        from tlzoo.data import stream_of

        tile, images = self.tile, self._places[indices, 0]
        corners = tf.constant(self._places[indices, 1:])  # created here: in a map it would belong to the map's graph
        begins = np.flatnonzero(np.diff(images, prepend=-1))
        counts = np.diff(begins, append=len(images))

        def cut(image: tf.Tensor, corner: tf.Tensor) -> tf.Tensor:
            rows, columns = (
                tf.minimum(corner[axis] + tf.range(tile, dtype=tf.int64), tf.shape(image, tf.int64)[axis] - 1)
                for axis in (0, 1)
            )
            pixels = tf.gather(tf.gather(image, rows), columns, axis=1)
            return tf.ensure_shape(pixels, (tile, tile, image.shape[2]))

        def tiles(image: tf.Tensor, run: tf.Tensor) -> tf.data.Dataset:
            of_image = tf.data.Dataset.from_tensor_slices(corners[run[0] : run[0] + run[1]])
            return of_image.map(lambda corner: cut(image, corner))

        runs = stream_of(np.stack([begins, counts], axis=1))
        return tf.data.Dataset.zip((self._examples.stream(images[begins]), runs)).flat_map(tiles)
