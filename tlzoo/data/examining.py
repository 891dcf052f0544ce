"""One look at the bytes of one image file."""

from __future__ import annotations

from typing import NamedTuple


class Examined(NamedTuple):
    """What the bytes are: their format, the decoded height and width, and the reason where they cannot be used.

    ``look`` is the perceptual hash, 0 for a picture that is too small or too plain to have one.
    """

    format: str
    height: int
    width: int
    reason: str | None
    look: int = 0


def examine(encoded: bytes) -> Examined:
    """Decode an image and say what it is. May be called from several threads."""
    import tensorflow as tf

    from tlzoo.data.decoding import decoder
    from tlzoo.data.duplicates.images import perceptual_hash
    from tlzoo.data.refusals import file_format, refusal

    name = file_format(encoded) or "unknown"
    try:
        image = decoder()(tf.constant(encoded)).numpy()
    except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter: the message itself quotes the bytes
        return Examined(name, 0, 0, refusal(encoded, str(error)))
    height, width, _ = image.shape
    return Examined(name, height, width, None, perceptual_hash(image))


def why_unreadable(encoded: bytes) -> str | None:
    """Return why these bytes cannot be used as an image, with what to do about it; None where they can."""
    return examine(encoded).reason
