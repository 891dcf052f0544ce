"""Decoding and resizing without TensorFlow gives the pixels that TensorFlow gives, or nothing."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from pydantic import ValidationError

from tlzoo.backbones.images import PrepareImage
from tlzoo.modalities import NeedsTensorFlow
from tlzoo.modalities.vision.image_files.decoding import decoder
from tlzoo.modalities.vision.image_files.pillow_decoding import decode_without_tensorflow
from tlzoo.modalities.vision.portable import image_preparation

SIZE = 53, 38
PLAIN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "jpeg": ("RGB", "JPEG", {"quality": 60}),
    "jpeg 4:4:4": ("RGB", "JPEG", {"subsampling": "4:4:4"}),
    "progressive jpeg": ("RGB", "JPEG", {"progressive": True, "subsampling": "4:2:2"}),
    "grey jpeg": ("L", "JPEG", {}),
    "cmyk jpeg": ("CMYK", "JPEG", {}),
    "png": ("RGB", "PNG", {}),
    "black and white png": ("1", "PNG", {}),
    "palette png": ("P", "PNG", {}),
    "transparent palette png": ("P", "PNG", {"transparency": 3}),
    "transparent png": ("RGBA", "PNG", {}),
    "transparent grey png": ("LA", "PNG", {}),
    "16-bit png": ("I;16", "PNG", {}),
    "gif": ("P", "GIF", {}),
    "bmp": ("RGB", "BMP", {}),
    "webp": ("RGB", "WEBP", {"quality": 50}),
    "lossless webp": ("RGB", "WEBP", {"lossless": True}),
}
OTHER: dict[str, tuple[str, str, dict[str, Any]]] = {
    "transparent webp": ("RGBA", "WEBP", {}),
    "palette bmp": ("P", "BMP", {}),
    "transparent few bits": ("1", "PNG", {"transparency": 0}),
    "tiff": ("RGB", "TIFF", {}),
}


def picture(mode: str) -> Image.Image:
    generator = np.random.default_rng(5)
    if mode == "I;16":
        return Image.fromarray(generator.integers(0, 2**16, SIZE, np.uint16))
    coarse = Image.fromarray(generator.integers(0, 256, (6, 5, 4), np.uint8), "RGBA").resize(SIZE[::-1])
    noise = np.asarray(coarse) // 2 + generator.integers(0, 100, (*SIZE, 4), np.uint8)
    return Image.fromarray(noise, "RGBA").convert("RGB" if mode == "P" else mode).convert(mode)


def encoded(mode: str, kind: str, options: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    picture(mode).save(stream, kind, **options)
    return stream.getvalue()


def by_tensorflow(content: bytes) -> np.ndarray:
    pixels: np.ndarray = decoder()(tf.constant(content)).numpy()
    return pixels


@pytest.mark.parametrize("name", PLAIN)
def test_pixels_are_equal(name: str) -> None:
    content = encoded(*PLAIN[name])
    np.testing.assert_array_equal(decode_without_tensorflow(content), by_tensorflow(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_the_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a maker", orientation
    content = encoded("RGB", kind, {"exif": exif})
    np.testing.assert_array_equal(decode_without_tensorflow(content), by_tensorflow(content))


def test_a_cmyk_jpeg_of_another_program_than_adobe_is_not_inverted() -> None:
    content = encoded(*PLAIN["cmyk jpeg"])
    at = content.index(b"\xff\xee")
    plain = content[:at] + content[at + 2 + int.from_bytes(content[at + 2 : at + 4], "big") :]
    np.testing.assert_array_equal(decode_without_tensorflow(plain), by_tensorflow(plain))


@pytest.mark.parametrize("name", OTHER)
def test_other_kinds_are_left_to_tensorflow(name: str) -> None:
    with pytest.raises(NeedsTensorFlow):
        decode_without_tensorflow(encoded(*OTHER[name]))


def test_a_transparent_gif_is_left_to_tensorflow() -> None:
    image, stream = picture("P"), io.BytesIO()
    image.save(stream, "GIF", transparency=image.getpixel((0, 0)), optimize=False)
    with pytest.raises(NeedsTensorFlow, match="a GIF with transparency"):
        decode_without_tensorflow(stream.getvalue())


@pytest.mark.parametrize("content", [b"", b"hello", *(encoded(*PLAIN[each])[:-9] for each in ("jpeg", "png", "webp"))])
def test_damaged_files_are_left_to_tensorflow(content: bytes) -> None:
    with pytest.raises(NeedsTensorFlow):
        decode_without_tensorflow(content)


def test_a_background_is_put_behind_transparent_pixels() -> None:
    content = encoded(*PLAIN["transparent png"])
    for background in ((255, 136, 0), None):
        wanted = decoder(background, formats=frozenset({"PNG"}))(tf.constant(content)).numpy()
        np.testing.assert_array_equal(decode_without_tensorflow(content, background), wanted)


@pytest.mark.parametrize(("height", "width", "channels"), [(53, 38, 3), (16, 20, 1), (100, 30, 3), (1, 1, 3)])
def test_samples_differ_by_less_than_a_hundredth(height: int, width: int, channels: int) -> None:
    content = encoded(*PLAIN["png"])
    settings = {"kind": "image", "height": height, "width": width, "channels": channels, "background": [255, 255, 255]}
    found = image_preparation(settings)(content)
    wanted = PrepareImage(height, width, channels)(tf.constant(by_tensorflow(content))).numpy()
    assert (found.dtype, found.shape) == (np.float32, wanted.shape)
    np.testing.assert_allclose(found, wanted, atol=0.01)


@pytest.mark.parametrize("change", [{"height": 0}, {"width": 10**9}, {"channels": "3"}, {"background": [1]}])
def test_other_settings_are_refused(change: dict[str, Any]) -> None:
    settings = {"height": 8, "width": 8, "channels": 3, "background": None}
    with pytest.raises(ValidationError):
        image_preparation(settings | change)
