"""Why an image cannot be read, in words, with what to do about it."""

from __future__ import annotations

from tlzoo.data.decoding import ANIMATED, BMP_KIND, MOST_PIXELS, TOO_LARGE

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
    damage = f"damaged or cut off ({name}); restore it from its original"
    return next((reason for phrase, reason in _REASONS.items() if phrase in message), damage)
