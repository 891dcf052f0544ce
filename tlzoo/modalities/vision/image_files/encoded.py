"""Images as encoded files in a column of a table or a list of bytes."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.contract import SetAside
from tlzoo.data.inputs import Inputs
from tlzoo.data.streams import images_at_once, in_parallel, stream_of
from tlzoo.errors import DataError
from tlzoo.modalities.vision.image_files.background import WHITE, Background, describe_transparency, digests_over
from tlzoo.modalities.vision.image_files.bit_depth import digests_in_bits, maximum_of_bits
from tlzoo.modalities.vision.image_files.examination import examine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import tensorflow as tf

    from tlzoo.data.contract import Array
    from tlzoo.modalities.vision.image_files.examination import Examined
    from tlzoo.progress import Progress

__all__ = ["EncodedImages", "read_encoded"]

_AT_ONCE = 256


@final
class EncodedImages:
    """Images as encoded files, read and decoded on demand: uint8 (height, width, 3) in 0..255."""

    modality = "vision"

    def __init__(
        self,
        read: Callable[[int], bytes],
        name: Callable[[int], str],
        examined: Sequence[Examined],
        background: Background = WHITE,
        bits: int = 8,
    ) -> None:
        """Take functions for the file and the name of an image, and the results of its examination."""
        self.background = background
        self.bits = bits
        self.input_maximum = maximum_of_bits(bits)
        self._read = read
        self._name = name
        self.shapes = np.array([(each.height, each.width, each.channels) for each in examined], np.int64).reshape(-1, 3)
        self.formats: Mapping[str, int] = {
            name: sum(each.format == name for each in examined) for name in sorted({each.format for each in examined})
        }
        self.hashes = np.array([each.look for each in examined], np.uint64)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.shapes)

    def name(self, index: int) -> str:
        """Return a name such as ``photos.parquet:12``."""
        return self._name(index)

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the images at ``indices``, decoded in parallel, in that order: uint8 (height, width, 3)."""
        import tensorflow as tf

        from tlzoo.modalities.vision.image_files.decoding import decoder

        decoded = decoder(self.background, formats=frozenset(self.formats), bits=self.bits)

        def read(position: np.ndarray[Any, Any]) -> bytes:
            return self._read(int(position))

        def image(position: tf.Tensor) -> tf.Tensor:
            encoded = tf.ensure_shape(tf.numpy_function(read, [position], tf.string, stateful=False), ())
            return decoded(encoded)

        return in_parallel(stream_of(np.asarray(indices, np.int64)), image, images_at_once(self))


def read_encoded(
    count: int,
    read: Callable[[int], bytes],
    name: Callable[[int], str],
    background: Background,
    progress: Progress,
    bits: int = 8,
) -> Inputs:
    """Examine encoded images, and return the decodable ones; others are set aside.

    ``read`` returns the file of an image, ``name`` its name in reports. ``bits`` are those of ``decode_deep``. Raises
    DataError if none can be decoded.
    """
    judged: list[Examined] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool, progress.track("reading", count, "images") as advance:
        for start in range(0, count, _AT_ONCE):
            some = range(start, min(start + _AT_ONCE, count))
            judged += pool.map(examine, map(read, some))
            advance(len(some))
    aside = tuple(SetAside(name(row), each.reason) for row, each in enumerate(judged) if each.reason is not None)
    rows = np.array([row for row, each in enumerate(judged) if each.reason is None], np.int64)
    if not len(rows):
        raise DataError(f"none of the {count} images can be read: {aside[0].name}: {aside[0].reason}")
    kept = rows.tolist()
    readable = [judged[row] for row in kept]
    digests = b"".join(hashlib.sha256(read(row)).digest() for row in kept)
    return Inputs(
        EncodedImages(lambda index: read(kept[index]), lambda index: name(kept[index]), readable, background, bits),
        digests_in_bits(digests_over(np.frombuffer(digests, np.uint8).reshape(-1, 32), background), bits),
        rows,
        aside,
        describe_transparency(sum(each.transparent for each in readable), len(readable), background),
    )
