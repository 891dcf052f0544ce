"""One look at the bytes of one image file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Examined(NamedTuple):
    """What the bytes are: their format, the decoded height and width, and the reason where they cannot be used.

    ``look`` is the perceptual hash, 0 for a picture that is too small or too plain to have one. ``channels`` is 1 for a
    picture in grey, however it is stored, and 3 for one in colour. ``transparent`` says whether a pixel is.
    """

    format: str
    height: int
    width: int
    reason: str | None
    look: int = 0
    channels: int = 3
    transparent: bool = False


def examine(encoded: bytes) -> Examined:
    """Decode an image and say what it is. May be called from several threads."""
    import tensorflow as tf

    from tlzoo.data.decoding import decoder
    from tlzoo.data.duplicates.images import perceptual_hash
    from tlzoo.data.refusals import file_format, refusal

    name = file_format(encoded) or "unknown"
    try:
        image = decoder()(tf.constant(encoded)).numpy()
        transparent = _may_be_transparent(encoded) and _differs_over_black(encoded, image)
    except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter: the message itself quotes the bytes
        return Examined(name, 0, 0, refusal(encoded, str(error)))
    height, width, _ = image.shape
    grey = bool((image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all())
    return Examined(name, height, width, None, perceptual_hash(image), 1 if grey else 3, transparent)


def why_unreadable(encoded: bytes) -> str | None:
    """Return why these bytes cannot be used as an image, with what to do about it; None where they can."""
    return examine(encoded).reason


def _may_be_transparent(encoded: bytes) -> bool:
    """Return whether the header leaves room for transparent pixels; an opaque image need not be decoded twice."""
    if encoded.startswith(b"\x89PNG"):
        return encoded[25:26] in {b"\4", b"\6"} or b"tRNS" in encoded
    if encoded.startswith(b"GIF8"):
        return b"\x21\xf9\4" in encoded
    if encoded[8:12] == b"WEBP":
        return encoded[12:16] in {b"VP8X", b"VP8L"}
    return encoded.startswith(b"BM") and encoded[28:29] == b"\x20"


def _differs_over_black(encoded: bytes, over_white: NDArray[Any]) -> bool:
    """Return whether a pixel is transparent: only then does its colour follow the background."""
    import tensorflow as tf

    from tlzoo.data.decoding import decoder

    over_black = decoder(None, (0, 0, 0))(tf.constant(encoded)).numpy()
    return bool((over_black != over_white).any())
