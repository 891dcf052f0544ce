"""Images as an array in memory."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data.streams import stream_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import tensorflow as tf

    from tlzoo.data.contract import Array, Digests


class ArrayPictures:
    """Images of one size: uint8 (N, height, width, 1 or 3), in 0..255."""

    modality = "vision"

    def __init__(self, title: str, images: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
        """Take images, and the title that a report calls them by."""
        self._title = title
        self._images = np.ascontiguousarray(images)

    def __len__(self) -> int:
        """Return how many images there are."""
        return len(self._images)

    def name(self, index: int) -> str:
        """Return such as ``digits[12]``."""
        return f"{self._title}[{index}]"

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the images at ``indices``, in that order: uint8 (height, width, 1 or 3)."""
        import tensorflow as tf

        tensor = self._tensor  # made here: within the map it would belong to the map's graph
        return stream_of(np.asarray(indices, np.int64)).map(lambda index: tf.gather(tensor, index))

    def digests(self) -> Digests:
        """Return the SHA-256 of every image's shape and values: uint8 (N, 32)."""
        shape = repr(self._images.shape[1:]).encode()
        rows = b"".join(hashlib.sha256(shape + image.tobytes()).digest() for image in self._images)
        return np.frombuffer(rows, np.uint8).reshape(-1, 32)

    @property
    def shapes(self) -> Array:
        """Height, width and channels: int64 (N, 3)."""
        return np.tile(np.asarray(self._images.shape[1:], np.int64), (len(self), 1))

    @property
    def formats(self) -> Mapping[str, int]:
        """One format for all: ``array``."""
        return {"array": len(self)} if len(self) else {}

    @cached_property
    def hashes(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
        """A perceptual hash of each image, uint64 (N,); 0 for images of less than 32 pixels a side."""
        from tlzoo.modalities.vision.near_duplicates import perceptual_hash

        return np.array([perceptual_hash(image) for image in self._images], np.uint64)

    @cached_property
    def _tensor(self) -> tf.Tensor:
        import tensorflow as tf

        with tf.device("CPU:0"):
            return tf.constant(self._images)
