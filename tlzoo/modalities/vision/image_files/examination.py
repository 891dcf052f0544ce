"""Examination of an image file."""

from __future__ import annotations

import os
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from tlzoo.data.streams import BYTES_A_PIXEL
from tlzoo.modalities.vision.image_files.background import BLACK, WHITE, Background
from tlzoo.process.memory import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ONE_LARGE = Lock()
_LOOKS = count()
_FEW = 300
"""Largest number of images to decode eagerly (6 ms each); a graph takes 4 s to trace, then 0.5 ms each."""


class Examined(NamedTuple):
    """Results for one file: format, decoded height and width, and the reason if it is unusable.

    ``look`` is the perceptual hash, 0 for an image that is too small or too uniform. ``channels`` is 1 for a
    grey image, even if stored in colour, and 3 for one in colour. ``transparent``: whether it has transparent pixels.
    With a reason and a height, the image exceeds the memory limit.
    """

    format: str
    height: int
    width: int
    reason: str | None
    look: int = 0
    channels: int = 3
    transparent: bool = False


def examine(encoded: bytes) -> Examined:
    """Decode an image and return the results.

    May be called from several threads: small images are decoded in parallel, large ones one after the other, so that
    all together fit their share of the memory limit. An image that is too large alone is refused by its header.
    """
    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.decode_errors import file_format, refusal, refused_size
    from tlzoo.modalities.vision.near_duplicates import perceptual_hash

    name = file_format(encoded) or "unknown"
    try:
        image, transparent = _decoded(encoded)
    except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter: the message quotes the bytes
        height, width = refused_size(str(error)) or (0, 0)
        return Examined(name, height, width, refusal(encoded, str(error)))
    height, width, _ = image.shape
    grey = bool((image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all())
    return Examined(name, height, width, None, perceptual_hash(image), 1 if grey else 3, transparent)


def most_pixels() -> int:
    """Return the largest height times width of an image that fits the memory for decoding."""
    from tlzoo.modalities.vision.image_files.decoding import MOST_PIXELS

    return min(MOST_PIXELS, share("decoding") // BYTES_A_PIXEL)


def _decoded(encoded: bytes) -> tuple[NDArray[Any], bool]:
    """Return the image, and whether it has transparent pixels.

    An image too large for parallel decoding waits for other large ones.
    """
    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.decoding import TOO_LARGE

    most = most_pixels()
    try:
        return _decoded_within(most // (2 * (os.cpu_count() or 1)), encoded)
    except tf.errors.InvalidArgumentError as error:
        if TOO_LARGE not in str(error):
            raise
    with _ONE_LARGE:
        return _decoded_within(most, encoded)


def _decoded_within(most: int, encoded: bytes) -> tuple[NDArray[Any], bool]:
    import tensorflow as tf

    from tlzoo.modalities.vision.image_files.decoding import decode, decoder

    def decoded(background: Background) -> Any:
        content = tf.constant(encoded)
        if next(_LOOKS) < _FEW:
            return decode(content, background=background, most_pixels=most).numpy()
        return decoder(background, most)(content).numpy()

    image = decoded(WHITE)
    if not _may_be_transparent(encoded):
        return image, False
    # Only transparent pixels change with the background.
    return image, bool((decoded(BLACK) != image).any())


def why_unreadable(encoded: bytes) -> str | None:
    """Return why these bytes are not a usable image, with a fix; None if they are."""
    return examine(encoded).reason


def _may_be_transparent(encoded: bytes) -> bool:
    """Return whether the header allows transparent pixels; an opaque image need not be decoded twice."""
    if encoded.startswith(b"\x89PNG"):
        return encoded[25:26] in {b"\4", b"\6"} or b"tRNS" in encoded
    if encoded.startswith(b"GIF8"):
        return b"\x21\xf9\4" in encoded
    if encoded[8:12] == b"WEBP":
        return encoded[12:16] in {b"VP8X", b"VP8L"}
    return encoded.startswith(b"BM") and encoded[28:29] == b"\x20"
