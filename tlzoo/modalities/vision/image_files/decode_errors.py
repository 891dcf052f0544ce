"""Reasons for unreadable images, with fixes."""

from __future__ import annotations

import re

from tlzoo.data.streams import BYTES_A_PIXEL
from tlzoo.modalities.vision.image_files.decoding import ANIMATED, BMP_KIND, FORMATS, MOST_PIXELS, TOO_LARGE
from tlzoo.process.memory import VARIABLE, format_bytes, share

_NETPBM = re.compile(rb"P[1-7]\s")
_TARGA_HEADER = 18
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
    (0, b"DDS ", "DDS"),
    (0, b"v/1\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"qoif", "QOI"),
    (0, b"SIMPLE  =", "FITS"),
    (128, b"DICM", "DICOM"),
    (4, b"ftyphevc", "HEIC"),
    (4, b"ftypmsf1", "HEIF"),
    (4, b"ftypavis", "AVIF"),
    (4, b"ftypcrx ", "CR3"),
)
_REASONS = {
    TOO_LARGE: f"more than {MOST_PIXELS:,} pixels; make it smaller",
    ANIMATED: "animated WebP is not supported; save one frame as PNG",
    BMP_KIND: f"a {BMP_KIND} is not supported; save it as PNG",
}


_PIXELS = re.compile(re.escape(TOO_LARGE) + r"\W+(\d+)\W+x\W+(\d+)")


def refused_size(message: str) -> tuple[int, int] | None:
    """Return height and width of an image that ``decode`` refused for lack of memory by this message, else None."""
    size = _PIXELS.search(message)
    if size is None or int(size[1]) * int(size[2]) > MOST_PIXELS:
        return None
    return int(size[2]), int(size[1])


def too_large_for_memory(height: int, width: int) -> str:
    """Return why an image of this size exceeds the memory limit, with a fix."""
    needed, most = format_bytes(width * height * BYTES_A_PIXEL), format_bytes(share("decoding"))
    return (
        f"{width} x {height} pixels take about {needed} to decode, but images may take {most} of the memory limit; "
        f"make it smaller or set a higher {VARIABLE}"
    )


def file_format(encoded: bytes) -> str | None:
    """Return the format by the first bytes, or None if it is not an image."""
    for at, magic, name in _MAGIC:
        if encoded[at : at + len(magic)] == magic:
            return name
    if _NETPBM.match(encoded):
        return "PGM" if encoded[1:2] in b"25" else "PBM" if encoded[1:2] in b"14" else "PPM"
    if b"<svg" in encoded[:1024]:
        return "SVG"
    return "TGA" if _is_targa(encoded) else None


def _is_targa(encoded: bytes) -> bool:
    """Return whether bytes look like a Targa file: by its footer or, without a magic number, by its header."""
    if encoded[-18:] == b"TRUEVISION-XFILE.\0":
        return True
    if len(encoded) <= _TARGA_HEADER:
        return False
    has_palette, kind, entry, depth = encoded[1], encoded[2], encoded[7], encoded[16]
    width, height = (int.from_bytes(encoded[place : place + 2], "little") for place in (12, 14))
    coloured = kind in {1, 9} and has_palette == 1 and entry in {15, 16, 24, 32} and depth in {8, 16}
    direct = kind in {2, 3, 10, 11} and has_palette == 0 and not any(encoded[3:8]) and depth in {8, 15, 16, 24, 32}
    return (coloured or direct) and width > 0 and height > 0 and encoded[17] % 64 // 16 in {0, 2}


def refusal(encoded: bytes, message: str) -> str:
    """Explain why ``decode`` failed on these bytes with this message."""
    if not encoded:
        return "the file is empty; restore or delete it"
    name = file_format(encoded)
    if name is None:
        return "not an image in a known format; save it as JPEG or PNG, or remove it"
    if name not in FORMATS:
        return f"{name} is not supported; save it as JPEG or PNG"
    size = refused_size(message)
    if size is not None:
        return too_large_for_memory(*size)
    damage = f"damaged or truncated ({name}); restore it from its original"
    return next((reason for phrase, reason in _REASONS.items() if phrase in message), damage)
