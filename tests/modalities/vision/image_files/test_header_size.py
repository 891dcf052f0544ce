"""The size of an image by its header, and the memory that it takes when it is decoded."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from tlzoo.modalities.vision.image_files.header_size import header_size
from tlzoo.modalities.vision.raw_inputs import ImageInputs
from tlzoo.process.memory import share


def encoded(name: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (30, 20)).save(stream, name)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_the_size_of_every_format(name: str) -> None:
    assert header_size(encoded(name)) == (20, 30)
    assert ImageInputs("images", ()).memory(encoded(name)) == 20 * 30 * 8


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_damaged_header_counts_as_the_largest_image(name: str) -> None:
    damaged = encoded(name)[:12]
    assert header_size(damaged) is None
    assert ImageInputs("images", ()).memory(damaged) == share("decoding")


def test_other_bytes_are_never_decoded() -> None:
    assert header_size(b"") == header_size(b"a text") == (0, 0)


def test_a_bomb_is_recognized_without_a_warning() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0))
    assert header_size(bomb + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")) == (60_000, 60_000)
