"""Texts, single or in pairs, read on demand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.streams import stream_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import tensorflow as tf

    from tlzoo.data.contract import Array, Digests

_AT_ONCE = 256


@final
class Texts:
    """Texts as UTF-8: string scalars, or string (parts,) for several per input, such as two sentences."""

    modality = "text"

    def __init__(
        self, count: int, read: Callable[[int], tuple[bytes, ...]], name: Callable[[int], str], parts: int = 1
    ) -> None:
        """Take the number of inputs, a function for the ``parts`` texts of one, and one for its name in reports."""
        self._count = count
        self._read = read
        self._name = name
        self.parts = parts

    def __len__(self) -> int:
        """Return the number of inputs."""
        return self._count

    def name(self, index: int) -> str:
        """Return a name such as ``reviews.csv:12``."""
        return self._name(index)

    def text(self, index: int) -> tuple[str, ...]:
        """Return the texts of one input: one, or two for a pair."""
        return tuple(part.decode("utf-8", "replace") for part in self._read(index))

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the texts at ``indices``, in that order: string scalars, or string (parts,)."""
        import tensorflow as tf

        shape = (None,) if self.parts == 1 else (None, self.parts)

        def read(positions: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.numpy_function(self._several, [positions], tf.string, stateful=False), shape)

        return stream_of(np.asarray(indices, np.int64)).batch(_AT_ONCE).map(read).unbatch()

    def digests(self) -> Digests:
        """Return the SHA-256 of every input's texts, each preceded by its length: uint8 (N, 32)."""
        rows = bytearray()
        for index in range(self._count):
            digest = hashlib.sha256()
            for part in self._read(index):
                digest.update(b"%d:" % len(part) + part)
            rows += digest.digest()
        return np.frombuffer(bytes(rows), np.uint8).reshape(-1, 32)

    def _several(self, positions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        values = np.empty((len(positions), self.parts), object)
        for row, position in enumerate(positions.tolist()):
            values[row] = self._read(position)
        return values[:, 0] if self.parts == 1 else values
