"""Why an image cannot be read, in words, with what to do about it."""

from __future__ import annotations

import re

from tlzoo.data.decoding import ANIMATED, BMP_KIND, MOST_PIXELS, TOO_LARGE
from tlzoo.data.streams import BYTES_A_PIXEL
from tlzoo.memory import VARIABLE, format_bytes, share

_MAGIC = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavif", "AVIF"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"%PDF", "PDF"),
)
_REASONS = {
    TOO_LARGE: f"more than {MOST_PIXELS:,} pixels; make it smaller",
    ANIMATED: "an animated WebP is not read; save one picture of it as PNG",
    BMP_KIND: f"a {BMP_KIND} is not read; save it as PNG",
}
_READABLE = frozenset({"JPEG", "PNG", "GIF", "BMP", "WebP"})


_PIXELS = re.compile(re.escape(TOO_LARGE) + r"\W+(\d+)\W+x\W+(\d+)")


def refused_size(message: str) -> tuple[int, int] | None:
    """Return height and width of an image that ``decode`` refused with this message for lack of memory, else None."""
    size = _PIXELS.search(message)
    if size is None or int(size[1]) * int(size[2]) > MOST_PIXELS:
        return None
    return int(size[2]), int(size[1])


def too_large_for_memory(height: int, width: int) -> str:
    """Return why an image of this size is not decoded within the memory limit, with what to do about it."""
    needed, most = format_bytes(width * height * BYTES_A_PIXEL), format_bytes(share("decoding"))
    return (
        f"{width} x {height} pixels take about {needed} to decode, and images may take {most} of the memory limit; "
        f"make it smaller or set a higher {VARIABLE}"
    )


def file_format(encoded: bytes) -> str | None:
    """Return the format that the first bytes announce, or None where they are no image's."""
    for at, magic, name in _MAGIC:
        if encoded[at : at + len(magic)] == magic:
            return name
    return "SVG" if b"<svg" in encoded[:1024] else None


def refusal(encoded: bytes, message: str) -> str:
    """Explain why ``decode`` failed on these bytes with this message."""
    if not encoded:
        return "the file is empty; restore or delete it"
    name = file_format(encoded)
    if name is None:
        return "not an image, whatever its name says; delete it or rename it"
    if name not in _READABLE:
        return f"{name} is not read; save it as JPEG or PNG"
    size = refused_size(message)
    if size is not None:
        return too_large_for_memory(*size)
    damage = f"damaged or cut off ({name}); restore it from its original"
    return next((reason for phrase, reason in _REASONS.items() if phrase in message), damage)
