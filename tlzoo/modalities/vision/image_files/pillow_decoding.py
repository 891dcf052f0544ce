"""Decoding of images without TensorFlow: the same pixels as ``decoding.decode``, in a fraction of its start-up time.

Only files are read for which the pixels are equal, byte for byte, as the tests check; ``NeedsTensorFlow`` is raised
for all others, including damaged files, so that ``decoding`` has the last word.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities.portable import NeedsTensorFlow
from tlzoo.modalities.vision.image_files.background import WHITE, Background
from tlzoo.modalities.vision.image_files.bit_depth import is_deep_png, scale_of_bits

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["decode_without_tensorflow"]

_MOST_PIXELS = 2**25
"""Above this size the start of TensorFlow does not matter."""
_MODES = {
    "JPEG": {"L", "RGB", "CMYK"},
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"},
    "GIF": {"L", "P", "RGB"},
    "BMP": {"RGB"},
    "WEBP": {"RGB"},
}
_ORIENTATION, _SHORT = 0x0112, 3
_MOST_TAGS = 4096
_HIGH_BYTE = 8
_TRANSPOSED = 5
_RIGHT_TO_LEFT, _UPSIDE_DOWN = {2, 3, 6, 7}, {3, 4, 7, 8}
_EXIF = b"Exif\0\0"


def decode_without_tensorflow(encoded: bytes, background: Background = WHITE, bits: int = 8) -> np.ndarray:
    """Return the pixels of one image file, uint8 (height, width, 3), with transparent pixels over the background.

    With more than 8 ``bits``, 16-bit PNG have the values of ``decoding.decode_deep``, float32.

    Raises:
        NeedsTensorFlow: If Pillow may decode the file to other pixels, or cannot decode it.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(encoded), formats=tuple(_MODES)) as image:
                _check(image, encoded)
                image.load()
                deep = bits > _HIGH_BYTE and is_deep_png(encoded)
                pixels = _deep(image, bits) if deep else _composited(_channels(image), background)
                return _upright(pixels, _orientation(image.info.get("exif", b"")))
    except NeedsTensorFlow:
        raise
    except Exception as error:  # Pillow's plugins raise anything for a damaged file
        raise NeedsTensorFlow(str(error)) from error


def _check(image: Image, encoded: bytes) -> None:
    """Refuse files that the two decoders may read differently."""
    kind = image.format or ""
    if kind == "MPO":
        kind = "JPEG"
    complete = {"JPEG": _ends_scan(encoded), "PNG": encoded.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")}
    reasons = {
        f"a {kind} image in the mode {image.mode}": image.mode not in _MODES.get(kind, ()),
        "a large image": image.width * image.height > _MOST_PIXELS,
        "an animation": kind != "JPEG" and getattr(image, "n_frames", 1) > 1,
        "a truncated file": not complete.get(kind, True),
        "transparent grey in few bits or in 16": kind == "PNG" and _has_odd_transparency(image, encoded),
        "a GIF with transparency or margins": kind == "GIF" and not _fills_canvas(image),
        "a compressed BMP, or of another header": kind == "BMP" and not _is_plain_bitmap(encoded),
    }
    for reason, applies in reasons.items():
        if applies:
            raise NeedsTensorFlow(reason)


def _ends_scan(encoded: bytes) -> bool:
    """Return whether an end of image follows the start of the scan of a JPEG; previews come before it."""
    at = 2
    while encoded[at : at + 1] == b"\xff" and at + 4 <= len(encoded):
        marker = encoded[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
        elif marker == 0xDA:  # noqa: PLR2004 - start of scan
            return encoded.rfind(b"\xff\xd9") > at
        else:
            at += 2 + int.from_bytes(encoded[at + 2 : at + 4], "big")
    return False


def _has_odd_transparency(image: Image, encoded: bytes) -> bool:
    """Return whether transparency is a colour in fewer or more than 8 bits, which libpng compares before scaling."""
    bits = encoded[24]
    return "transparency" in image.info and image.mode != "P" and bits != 8  # noqa: PLR2004


def _fills_canvas(image: Any) -> bool:
    return "transparency" not in image.info and image.tile[0][1] == (0, 0, *image.size)


def _is_plain_bitmap(encoded: bytes) -> bool:
    header, bits, compression = (
        int.from_bytes(encoded[at:end], "little") for at, end in ((14, 18), (28, 30), (30, 34))
    )
    return header >= 40 and bits == 24 and compression == 0  # noqa: PLR2004 - the format's numbers


def _channels(image: Image) -> np.ndarray:
    """Return RGB or RGBA as stored, uint8 (height, width, 3 or 4)."""
    if image.mode == "CMYK":
        inks = np.asarray(image, np.int32)
        if "adobe" in image.info:  # Pillow inverts all files, although only Adobe's are inverted
            inks = 255 - inks
        return (inks[..., :3] * inks[..., 3:] // 255).astype(np.uint8)
    if image.mode == "I;16":
        return np.repeat((np.asarray(image, np.uint16) >> _HIGH_BYTE).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    transparent = image.format == "PNG" and image.has_transparency_data
    return np.asarray(image.convert("RGBA" if transparent else "RGB"))


def _deep(image: Image, bits: int) -> np.ndarray:
    if image.mode != "I;16":
        raise NeedsTensorFlow("a colour image with 16 bits")
    stored = np.asarray(image, np.uint16).astype(np.float32)
    pixels = np.minimum(stored * np.float32(scale_of_bits(bits)), np.float32(255))
    return np.repeat(pixels[..., np.newaxis], 3, axis=2)


def _composited(pixels: np.ndarray, background: Background) -> np.ndarray:
    if pixels.shape[2] == 3 or background is None:  # noqa: PLR2004 - RGB
        return pixels[..., :3]
    wide = pixels.astype(np.int32)
    colours, alpha = wide[..., :3], wide[..., 3:]
    return ((colours * alpha + np.array(background) * (255 - alpha) + 127) // 255).astype(np.uint8)


def _orientation(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none."""
    content = exif.removeprefix(_EXIF)
    if not content:
        return 1
    order = ">" if content[:1] == b"M" else "<"
    try:
        (directory,) = struct.unpack_from(f"{order}I", content, 4)
        (count,) = struct.unpack_from(f"{order}H", content, directory)
        for number in range(min(count, _MOST_TAGS)):
            at = directory + 2 + 12 * number
            tag, kind = struct.unpack_from(f"{order}HH", content, at)
            if tag == _ORIENTATION:
                (value,) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", content, at + 8)
                return value if 1 <= value <= 8 else 1  # noqa: PLR2004
    except struct.error as error:
        raise NeedsTensorFlow("a damaged EXIF block") from error
    return 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    turned = pixels.transpose(1, 0, 2) if orientation >= _TRANSPOSED else pixels
    turned = turned[:, ::-1] if orientation in _RIGHT_TO_LEFT else turned
    return turned[::-1] if orientation in _UPSIDE_DOWN else turned
