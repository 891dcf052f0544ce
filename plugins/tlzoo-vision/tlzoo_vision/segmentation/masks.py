"""Masks: the class of each pixel of an image, in memory or in a file that is read on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
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
    """

    source: Classes | tuple[Path, Palette]
    size: tuple[int, int]
    counts: np.ndarray
    digest: bytes
    renumbered: np.ndarray | None = None

    @classmethod
    def of(cls, classes: Classes, source: tuple[Path, Palette] | None = None) -> Mask:
        """Return the mask of these class indices, which are read again from ``source`` if it is given."""
        height, width = classes.shape
        digest = hashlib.sha256(f"{height} x {width}".encode() + np.ascontiguousarray(classes).tobytes()).digest()
        counts = np.bincount(classes.ravel(), minlength=IGNORED + 1).astype(np.int64)
        return cls(classes if source is None else source, (height, width), counts, digest)

    def read(self) -> Classes:
        """Return the class indices (height, width). Raises DataError for a file that has changed."""
        stored = read_mask(*self.source) if isinstance(self.source, tuple) else self.source
        return stored if self.renumbered is None else self.renumbered[stored]

    def with_places(self, places: Sequence[int]) -> Mask:
        """Return the mask with class ``i`` renumbered to ``places[i]``."""
        table = np.full(IGNORED + 1, IGNORED, np.uint8)
        table[: len(places)] = places
        counts = np.zeros(IGNORED + 1, np.int64)
        np.add.at(counts, table, self.counts)
        earlier = np.arange(IGNORED + 1) if self.renumbered is None else self.renumbered
        digest = hashlib.sha256(self.digest + table.tobytes()).digest()
        return Mask(self.source, self.size, counts, digest, table[earlier])


def prepared_masks(masks: Any, height: int, width: int) -> Classes:
    """Return masks (N,) at the size of a prepared sample, (N, height, width): the nearest pixel of each."""
    prepared = np.empty((len(masks), height, width), np.uint8)
    for row, mask in enumerate(masks):
        classes = mask.read()
        down, right = (_nearest(length, new) for length, new in zip(classes.shape, (height, width), strict=True))
        prepared[row] = classes[down[:, np.newaxis], right]
    return prepared


def _nearest(length: int, new: int) -> np.ndarray:
    """Return the pixel at the centre of each pixel of the new size."""
    return np.minimum(((np.arange(new) + 0.5) * length / new).astype(np.int64), length - 1)
