"""One look at the bytes of one image file."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any, NamedTuple

from tlzoo.data.streams import BYTES_A_PIXEL
from tlzoo.memory import share

_ONE_LARGE = Lock()


class Examined(NamedTuple):
    """What the bytes are: their format, the decoded height and width, and the reason where they cannot be used.

    ``look`` is the perceptual hash, 0 for a picture that is too small or too plain to have one. Where there is a reason
    and a height, the image does not fit the memory limit.
    """

    format: str
    height: int
    width: int
    reason: str | None
    look: int = 0


def examine(encoded: bytes) -> Examined:
    """Decode an image and say what it is.

    May be called from several threads: small images are decoded side by side, large ones one after the other, so that
    all of them together fit their share of the memory limit. One that does not fit alone is refused by its header.
    """
    import tensorflow as tf

    from tlzoo.data.duplicates.images import perceptual_hash
    from tlzoo.data.refusals import file_format, refusal, refused_size

    name = file_format(encoded) or "unknown"
    try:
        image = _decoded(tf.constant(encoded)).numpy()
    except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter: the message itself quotes the bytes
        height, width = refused_size(str(error)) or (0, 0)
        return Examined(name, height, width, refusal(encoded, str(error)))
    height, width, _ = image.shape
    return Examined(name, height, width, None, perceptual_hash(image))


def most_pixels() -> int:
    """Return height times width of the largest image that fits the memory for decoding."""
    from tlzoo.data.decoding import MOST_PIXELS

    return min(MOST_PIXELS, share("decoding") // BYTES_A_PIXEL)


def _decoded(encoded: Any) -> Any:
    """Return the image; one that several threads cannot decode at a time waits for the others of its kind."""
    import tensorflow as tf

    from tlzoo.data.decoding import TOO_LARGE, decoder

    most = most_pixels()
    try:
        return decoder(most_pixels=most // (2 * (os.cpu_count() or 1)))(encoded)
    except tf.errors.InvalidArgumentError as error:
        if TOO_LARGE not in str(error):
            raise
    with _ONE_LARGE:
        return decoder(most_pixels=most)(encoded)


def why_unreadable(encoded: bytes) -> str | None:
    """Return why these bytes cannot be used as an image, with what to do about it; None where they can."""
    return examine(encoded).reason
