"""Square tiles of large images, and the blending of their predictions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["LARGEST_TILE", "SMALLEST_TILE", "TileGrid"]

SMALLEST_TILE, LARGEST_TILE = 16, 4096
_SHARED = 4
"""A quarter of a tile overlaps the next one in predictions."""


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Tiles of ``tile`` x ``tile`` pixels that cover an image, each with ``overlap`` pixels of the one before.

    The last tiles may extend beyond the image, by repetition of its last pixels.
    """

    height: int
    width: int
    tile: int
    overlap: int

    @classmethod
    def of_prediction(cls, height: int, width: int, tile: int) -> TileGrid:
        """Return the grid for predictions of an image: a quarter of each tile overlaps the next."""
        return cls(height, width, tile, tile // _SHARED)

    @property
    def corners(self) -> Iterator[tuple[int, int]]:
        """The top left pixel of each tile, row by row."""
        for top in self._starts(self.height):
            for left in self._starts(self.width):
                yield top, left

    def cut(self, pixels: np.ndarray, top: int, left: int) -> np.ndarray:
        """Return the tile at a corner, (tile, tile, …); pixels beyond the image repeat its last ones."""
        rows, columns = (
            np.minimum(np.arange(start, start + self.tile), length - 1)
            for start, length in ((top, self.height), (left, self.width))
        )
        return pixels[rows[:, np.newaxis], columns]

    def blended(self, maps: Iterable[np.ndarray]) -> np.ndarray:
        """Return the map of the image from those of its tiles, float32 (h, w, K) each, in the order of ``corners``.

        The result has the resolution of the tiles' maps. In overlaps, the weight of a tile falls linearly to its edge,
        so that there are no seams. Maps whose cells do not divide the overlap are enlarged a little first.
        """
        total = weights = None
        cells = 0
        for (top, left), each in zip(self.corners, maps, strict=True):
            if total is None or weights is None:
                cells = self._cells(each.shape[0])
                sizes = [(self._starts(length)[-1] + self.tile) * cells // self.tile for length in self._sides]
                total, weights = np.zeros((*sizes, each.shape[2]), np.float32), np.zeros((*sizes, 1), np.float32)
                window = self._window(cells)
            at = tuple(slice(start * cells // self.tile, start * cells // self.tile + cells) for start in (top, left))
            total[at] += window * resized_map(each, (cells, cells))
            weights[at] += window
        assert total is not None  # an image has at least one tile
        assert weights is not None
        height, width = (length * cells / self.tile for length in self._sides)
        return resized_map(total / weights, (math.ceil(height), math.ceil(width)), (height, width))

    @property
    def _sides(self) -> tuple[int, int]:
        return self.height, self.width

    @property
    def _step(self) -> int:
        return self.tile - self.overlap

    def _starts(self, length: int) -> range:
        count = 1 + max(0, -((self.tile - length) // self._step))
        return range(0, count * self._step, self._step)

    def _cells(self, cells: int) -> int:
        """Return the number of cells of a tile, ``cells`` or a few more, with which each tile begins at a cell."""
        unit = self.tile // math.gcd(self._step, self.tile)
        return -(-cells // unit) * unit

    def _window(self, cells: int) -> np.ndarray:
        """Return the weights of a tile's cells, float32 (cells, cells, 1); those of neighbours add up to 1."""
        shared = max(1, cells * self.overlap // self.tile)
        distance = np.minimum(np.arange(cells), np.arange(cells)[::-1]) + 0.5
        side = np.minimum(1, distance / shared).astype(np.float32) if self.overlap else np.ones(cells, np.float32)
        return side[:, np.newaxis, np.newaxis] * side[:, np.newaxis]


def resized_map(values: np.ndarray, size: tuple[int, int], part: tuple[float, float] | None = None) -> np.ndarray:
    """Return a map (h, w, K) in another size (bilinear), or only its upper left ``part`` (height, width) in cells."""
    from PIL import Image

    height, width = part or values.shape[:2]
    if size == (height, width):
        return values[: size[0], : size[1]]
    box = (0, 0, width, height)
    layers = (np.ascontiguousarray(values[..., each], np.float32) for each in range(values.shape[2]))
    resized = [Image.fromarray(each).resize(size[::-1], Image.Resampling.BILINEAR, box) for each in layers]
    return np.stack([np.asarray(each) for each in resized], axis=-1)
