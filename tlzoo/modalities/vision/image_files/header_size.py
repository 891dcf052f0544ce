"""Size of an image by its header, before it is decoded."""

from __future__ import annotations

import io

__all__ = ["header_size"]

_READERS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"RIFF": "WEBP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


def header_size(encoded: bytes) -> tuple[int, int] | None:
    """Return height and width of an encoded image by its header.

    They are 0 for bytes of another format, which is refused without decoding; None for a header that cannot be read.

    Pillow's readers of the formats are called directly: ``Image.open`` would warn about large images, which the caller
    refuses.
    """
    from PIL import Image

    name = next((each for magic, each in _READERS.items() if encoded.startswith(magic)), None)
    if name is None:
        return 0, 0
    Image.init()
    reader = Image.OPEN[name][0]
    try:
        with reader(io.BytesIO(encoded), "") as image:
            return int(image.height), int(image.width)
    except Exception:  # noqa: BLE001 - Pillow raises various exceptions for damaged headers
        return None
