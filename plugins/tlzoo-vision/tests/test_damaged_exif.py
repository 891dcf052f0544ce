"""Predictions are drawn on images whose EXIF data are damaged."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image

from tlzoo_vision.detection.pictures import drawn_file
from tlzoo_vision.segmentation.pictures import image_size

NUMBER, TEXT = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0), struct.pack("<HHI4s", 0x0112, 2, 2, b"6")


def with_orientation(entry: bytes) -> bytes:
    stream = io.BytesIO()
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    Image.new("RGB", (6, 4)).save(stream, "PNG", exif=exif)
    return stream.getvalue()


def test_an_orientation_that_is_no_number_is_ignored() -> None:
    assert (image_size(with_orientation(NUMBER)), image_size(with_orientation(TEXT))) == ((6, 4), (4, 6))
    none = np.zeros((0, 6), np.float32)
    turned, upright = (
        Image.open(io.BytesIO(drawn_file(with_orientation(each), none, ("a",)))) for each in (NUMBER, TEXT)
    )
    assert (turned.height > turned.width, upright.height > upright.width) == (True, False)


def test_16_bits_are_drawn_by_their_high_byte() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((4, 4), 0x40FF, np.uint16)).save(stream, "PNG")
    drawn = Image.open(io.BytesIO(drawn_file(stream.getvalue(), np.zeros((0, 6), np.float32), ("a",))))
    assert drawn.getpixel((0, 0)) == (0x40,) * 3
