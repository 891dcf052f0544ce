"""Images that lie as files within another file: in a column of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.streams import images_at_once, in_parallel, stream_of
from tlzoo.modalities.vision.image_files.background import WHITE, Background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import tensorflow as tf

    from tlzoo.data.contract import Array
    from tlzoo.modalities.vision.image_files.examination import Examined


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
    ) -> None:
        """Take what gives the file of one, what a report calls it, and what was found when they were looked at."""
        self.background = background
        self._read = read
        self._name = name
        self.shapes = np.array([(each.height, each.width, each.channels) for each in examined], np.int64).reshape(-1, 3)
        self.formats: Mapping[str, int] = {
            name: sum(each.format == name for each in examined) for name in sorted({each.format for each in examined})
        }
        self.hashes = np.array([each.look for each in examined], np.uint64)

    def __len__(self) -> int:
        """Return how many images there are."""
        return len(self.shapes)

    def name(self, index: int) -> str:
        """Return such as ``photos.parquet:12``."""
        return self._name(index)

    def stream(self, indices: Array) -> tf.data.Dataset:
        """Return the images at ``indices``, decoded in parallel, in that order: uint8 (height, width, 3)."""
        import tensorflow as tf

        from tlzoo.modalities.vision.image_files.decoding import decoder

        decoded = decoder(self.background, formats=frozenset(self.formats))

        def read(position: np.ndarray[Any, Any]) -> bytes:
            return self._read(int(position))

        def image(position: tf.Tensor) -> tf.Tensor:
            encoded = tf.ensure_shape(tf.numpy_function(read, [position], tf.string, stateful=False), ())
            return decoded(encoded)

        return in_parallel(stream_of(np.asarray(indices, np.int64)), image, images_at_once(self))
