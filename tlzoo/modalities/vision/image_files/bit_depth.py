"""Images with 9 to 16 bits a channel: the option ``bits=`` of sources of image files.

By default, images of 16 bits are read by their high byte. With ``bits=16``, or the smaller number of bits that a
scanner uses of them, they keep all values, as fractions between 0 and 255.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.streams import BYTES_A_PIXEL
from tlzoo.errors import UsageError
from tlzoo.modalities.vision.image_files.header_size import header_size
from tlzoo.process.memory import share

if TYPE_CHECKING:
    from tlzoo.data.contract import Digests

__all__ = [
    "PLAIN",
    "TIFF_SUFFIXES",
    "bits_of",
    "describe_depth",
    "digests_in_bits",
    "is_deep_png",
    "maximum_of_bits",
    "scale_of_bits",
    "with_png",
]

TIFF_SUFFIXES = (".tif", ".tiff")
PLAIN, DEEPEST = 8, 16
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*")
_DEPTH, _KIND, _HEAD = 24, 25, 26
_WITHOUT_ALPHA = (0, 2)
_DEEP_MODES = ("I;16", "I;16B", "I;16L")


def bits_of(text: str | None) -> int:
    """Return the bits of the option ``bits=``; 8 without the option. Raises UsageError for others than 8 to 16."""
    if text is None:
        return PLAIN
    if not text.isdecimal() or not PLAIN <= int(text) <= DEEPEST:
        raise UsageError(f"bits={text:.20} is not a number of bits", f"use {PLAIN} to {DEEPEST}")
    return int(text)


def scale_of_bits(bits: int) -> float:
    """Return the factor from stored values of 16-bit images to 0 to 255, of which the lowest ``bits`` are used."""
    return 255 / ((1 << bits) - 1)


def maximum_of_bits(bits: int) -> float | None:
    """Return the value of white of arrays with so many bits; None for 8, where it depends on their type."""
    return None if bits == PLAIN else float((1 << bits) - 1)


def digests_in_bits(digests: Digests, bits: int) -> Digests:
    """Return digests of images that are read with so many bits; with 8, the default, those of their files."""
    if bits == PLAIN:
        return digests
    rows = b"".join(hashlib.sha256(row.tobytes() + b"of %d bits" % bits).digest() for row in digests)
    return np.frombuffer(rows, np.uint8).reshape(-1, 32)


def is_deep_png(encoded: bytes) -> bool:
    """Return whether a file is a PNG of 16 bits without an alpha channel, by its first 26 bytes."""
    head = encoded[:_HEAD]
    return len(head) == _HEAD and head.startswith(_PNG) and head[_DEPTH] == DEEPEST and head[_KIND] in _WITHOUT_ALPHA


def with_png(encoded: bytes) -> bytes:
    """Return a grey TIFF of 16 bits as PNG with the same values; other files, and too large ones, unchanged.

    TensorFlow has no decoder of TIFF. Unlike JPEG or PNG, the format is a container of many kinds, of which only this
    one is read.
    """
    if not encoded.startswith(_TIFF):
        return encoded
    from PIL import Image

    size = header_size(encoded)
    if size is None or size[0] * size[1] * BYTES_A_PIXEL > share("decoding"):
        return encoded
    try:
        with Image.open(io.BytesIO(encoded), formats=["TIFF"]) as image:
            if image.mode not in _DEEP_MODES or getattr(image, "n_frames", 1) > 1:
                return encoded
            pixels = np.asarray(image).astype(np.uint16)
    except Exception:  # noqa: BLE001 - of a damaged file, which the decoder refuses with a reason
        return encoded
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def describe_depth(paths: Iterable[Path], bits: int) -> tuple[str, ...]:
    """Return a note if images of 16 bits are read by their high byte; empty otherwise."""
    if bits != PLAIN:
        return ()
    count = sum(map(_is_deep_file, paths))
    have = "image has" if count == 1 else "images have"
    return (f"{count:,} {have} 16 bits and are read by the high byte; bits=16 keeps all values",) if count else ()


def _is_deep_file(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_deep_png(stream.read(_HEAD)) or path.suffix.lower() in TIFF_SUFFIXES
    except OSError:
        return False
