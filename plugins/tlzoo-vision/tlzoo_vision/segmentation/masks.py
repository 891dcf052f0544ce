"""Masks: the class of each pixel of an image, in memory or in a file that is read on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .mask_files import Palette, read_mask

__all__ = ["IGNORED", "MOST_CLASSES", "Classes", "Mask", "prepared_masks"]

IGNORED = 255
"""The class index of pixels that count neither in the loss nor in metrics."""

MOST_CLASSES = 255

Classes: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"
"""Class indices (height, width), ``IGNORED`` for ignored pixels."""


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """The mask of one image.

    ``counts``, int64 (256,), are its pixels by class index; ``digest`` is the SHA-256 of its class indices.
    ``renumbered``, uint8 (256,), maps the class indices of ``source`` to those of the task; None if they are equal.
    ``place`` is the top and left of a tile in ``source``; None for the whole.
    """

    source: Classes | tuple[Path, Palette]
    size: tuple[int, int]
    counts: np.ndarray
    digest: bytes
    renumbered: np.ndarray | None = None
    place: tuple[int, int] | None = None

    @classmethod
    def of(cls, classes: Classes, source: tuple[Path, Palette] | None = None) -> Mask:
        """Return the mask of these class indices, which are read again from ``source`` if it is given."""
        height, width = classes.shape
        digest = hashlib.sha256(f"{height} x {width}".encode() + np.ascontiguousarray(classes).tobytes()).digest()
        counts = np.bincount(classes.ravel(), minlength=IGNORED + 1).astype(np.int64)
        return cls(classes if source is None else source, (height, width), counts, digest)

    def read(self) -> Classes:
        """Return the class indices (height, width). Raises DataError for a file that has changed."""
        return self.of_stored(self.stored())

    def stored(self) -> Classes:
        """Return the class indices of ``source``, of the whole image. Raises DataError for a file that has changed."""
        return read_mask(*self.source) if isinstance(self.source, tuple) else self.source

    def of_stored(self, stored: Classes) -> Classes:
        """Return the class indices (height, width) from those of ``source``."""
        if self.place is not None:
            stored = _cut(stored, self.place, self.size)
        return stored if self.renumbered is None else self.renumbered[stored]

    def tiles(self, corners: Iterable[tuple[int, int]], tile: int) -> Iterator[Mask]:
        """Yield the tiles (tile, tile) of a whole mask at these corners; pixels beyond the image are ignored."""
        classes = self.read()
        for place in corners:
            part = Mask.of(_cut(classes, place, (tile, tile)))
            yield replace(part, source=self.source, renumbered=self.renumbered, place=place)

    def with_places(self, places: Sequence[int]) -> Mask:
        """Return the mask with class ``i`` renumbered to ``places[i]``."""
        table = np.full(IGNORED + 1, IGNORED, np.uint8)
        table[: len(places)] = places
        counts = np.zeros(IGNORED + 1, np.int64)
        np.add.at(counts, table, self.counts)
        earlier = np.arange(IGNORED + 1) if self.renumbered is None else self.renumbered
        digest = hashlib.sha256(self.digest + table.tobytes()).digest()
        return replace(self, counts=counts, digest=digest, renumbered=table[earlier])


def prepared_masks(masks: Any, height: int, width: int) -> Classes:
    """Return masks (N,) at the size of a prepared sample, (N, height, width): the nearest pixel of each."""
    prepared = np.empty((len(masks), height, width), np.uint8)
    stored: tuple[Any, Any] = (None, None)
    for row, mask in enumerate(masks):
        if stored[0] is not mask.source:  # tiles of one image follow each other
            stored = (mask.source, mask.stored())
        classes = mask.of_stored(stored[1])
        down, right = (_nearest(length, new) for length, new in zip(classes.shape, (height, width), strict=True))
        prepared[row] = classes[down[:, np.newaxis], right]
    return prepared


def _cut(classes: Classes, place: tuple[int, int], size: tuple[int, int]) -> Classes:
    part = np.full(size, IGNORED, np.uint8)
    inside = classes[place[0] : place[0] + size[0], place[1] : place[1] + size[1]]
    part[: inside.shape[0], : inside.shape[1]] = inside
    return part


def _nearest(length: int, new: int) -> np.ndarray:
    """Return the pixel at the centre of each pixel of the new size."""
    return np.minimum(((np.arange(new) + 0.5) * length / new).astype(np.int64), length - 1)
