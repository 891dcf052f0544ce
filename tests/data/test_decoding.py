"""Decoding: every kind of file against Pillow, and what is refused."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from tlzoo.data import decoding, why_unreadable
from tlzoo.data.decoding import decode

HEIGHT, WIDTH = 30, 41
COMPILED = tf.function(decode, input_signature=[tf.TensorSpec((), tf.string)])


def picture(mode: str) -> Image.Image:
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    values = (right * 6, down * 8, (right + down) * 3, 255 - right * 5)
    colours = np.stack(values, axis=-1).astype(np.uint8)
    if mode in {"RGBA", "CMYK"}:
        return Image.frombytes(mode, (WIDTH, HEIGHT), colours.tobytes())
    return Image.fromarray(np.ascontiguousarray(colours[..., :3])).convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pillow(content: bytes) -> np.ndarray:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))


def oriented(orientation: int, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    exif[0x0112] = orientation
    return encoded(picture("RGB"), "JPEG", exif=exif, **options)


def without_jfif(content: bytes) -> bytes:
    length = struct.unpack(">H", content[4:6])[0]
    return content[:2] + content[4 + length :]


def big_endian(content: bytes) -> bytes:
    """Write the first EXIF directory anew in the other byte order, with the orientation alone."""
    start = content.index(b"Exif\0\0")
    length = struct.unpack(">H", content[start - 2 : start])[0]
    body = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    return content[: start - 2] + struct.pack(">H", len(body) + 2) + body + content[start - 2 + length :]


JPEG = encoded(picture("RGB"), "JPEG")

EXACT = {
    "colour JPEG": JPEG,
    "progressive JPEG": encoded(picture("RGB"), "JPEG", progressive=True),
    "grey JPEG": encoded(picture("L"), "JPEG"),
    "JPEG with something behind it": JPEG + b"something" * 50,
    "PNG": encoded(picture("RGB"), "PNG"),
    "grey PNG": encoded(picture("L"), "PNG"),
    "grey PNG with alpha": encoded(picture("LA"), "PNG"),
    "bilevel PNG": encoded(picture("1"), "PNG"),
    "palette PNG": encoded(picture("P"), "PNG"),
    "PNG with alpha": encoded(picture("RGBA"), "PNG"),
    "GIF": encoded(picture("P"), "GIF"),
    "animated GIF": encoded(picture("P"), "GIF", save_all=True, append_images=[picture("P").rotate(90)]),
    "BMP": encoded(picture("RGB"), "BMP"),
    "grey BMP": encoded(picture("L"), "BMP"),
    "palette BMP": encoded(picture("P"), "BMP"),
    "BMP with alpha": encoded(picture("RGBA"), "BMP"),
    "lossless WebP": encoded(picture("RGB"), "WEBP", lossless=True),
    "lossless WebP with alpha": encoded(picture("RGBA"), "WEBP", lossless=True, exact=True),
    "WebP with metadata": encoded(picture("RGB"), "WEBP", lossless=True, exif=Image.Exif().tobytes() + b"x"),
    **{f"JPEG, orientation {number}": oriented(number) for number in range(10)},
    "JPEG with EXIF first": without_jfif(oriented(6)),
    "JPEG with big-endian EXIF": big_endian(oriented(6)),
}


@pytest.mark.parametrize("name", EXACT)
def test_pixels_are_those_of_pillow(name: str) -> None:
    content = EXACT[name]
    pixels = COMPILED(content).numpy()
    assert pixels.dtype == np.uint8
    assert (pixels == pillow(content)).all()


@pytest.mark.parametrize("name", ["JPEG, orientation 6", "palette BMP", "WebP with metadata", "PNG"])
def test_eager_and_compiled_agree(name: str) -> None:
    assert (decode(tf.constant(EXACT[name])).numpy() == COMPILED(EXACT[name]).numpy()).all()


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("RGB", "WEBP"), ("RGBA", "WEBP")])
def test_lossy_colours_are_near_pillow(mode: str, kind: str) -> None:
    content = encoded(picture(mode), kind)
    assert np.abs(COMPILED(content).numpy().astype(int) - pillow(content)).max() <= 3


def test_ycck_is_near_pillow() -> None:
    content = bytearray(encoded(picture("CMYK"), "JPEG"))
    marker = content.index(b"Adobe")
    content[marker + 11] = 2  # the transform: YCCK instead of CMYK
    difference = COMPILED(bytes(content)).numpy().astype(int) - pillow(bytes(content))
    assert np.abs(difference).max() <= 3


def test_sixteen_bits_keep_the_high_byte() -> None:
    values = np.random.default_rng(0).integers(0, 2**16, (HEIGHT, WIDTH, 3)).astype(np.uint16)
    for channels in (1, 3):
        content = tf.io.encode_png(values[..., :channels]).numpy()
        assert (COMPILED(content).numpy() == values[..., :channels] >> 8).all()


def bomb(kind: str) -> bytes:
    """Return a header that claims 40,000 x 30,000 pixels, and no such data."""
    if kind == "PNG":
        chunk = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 30_000, 1, 0, 0, 0, 0)
        packed = zlib.compress(b"\0" * 1_000)
        data = struct.pack(">I", len(packed)) + b"IDAT" + packed + struct.pack(">I", zlib.crc32(b"IDAT" + packed))
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data
    content = bytearray({"JPEG": JPEG, "GIF": EXACT["GIF"], "BMP": EXACT["BMP"]}.get(kind, b""))
    if kind == "JPEG":
        at = content.index(b"\xff\xc0") + 5
        content[at : at + 4] = struct.pack(">HH", 40_000, 30_000)
    elif kind == "GIF":
        content[6:10] = struct.pack("<HH", 40_000, 30_000)
    elif kind == "BMP":
        content[18:26] = struct.pack("<ii", 40_000, -30_000)
    elif kind == "lossy WebP":
        content += b"RIFF\xff\0\0\0WEBPVP8 \xff\0\0\0\0\0\0\x9d\x01*" + struct.pack("<HH", 16_000, 16_000) + bytes(99)
    elif kind == "lossless WebP":
        content += b"RIFF\xff\0\0\0WEBPVP8L\xff\0\0\0/" + struct.pack("<I", 15_999 + (15_999 << 14)) + bytes(99)
    else:
        size = struct.pack("<I", 39_999)[:3] + struct.pack("<I", 29_999)[:3]
        content += b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size + bytes(99)
    return bytes(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "lossy WebP", "lossless WebP", "extended WebP"])
def test_huge_images_are_refused_by_their_header(kind: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=decoding.TOO_LARGE):
        COMPILED(bomb(kind))


ANIMATION = [picture("RGB").rotate(90)]

REFUSED = {
    "empty": (b"", "the file is empty"),
    "text": (b"this is a text and no image at all", "not an image"),
    "one byte": (b"x", "not an image"),
    "only JPEG's magic": (b"\xff\xd8\xff", "damaged or cut off (JPEG)"),
    "cut-off JPEG": (JPEG[: len(JPEG) // 2], "damaged or cut off (JPEG)"),
    "JPEG without its end": (JPEG[:-2], "damaged or cut off (JPEG)"),
    "cut-off PNG": (EXACT["PNG"][:-60], "damaged or cut off (PNG)"),
    "cut-off GIF": (EXACT["GIF"][:-100], "damaged or cut off (GIF)"),
    "cut-off BMP": (EXACT["BMP"][:-100], "damaged or cut off (BMP)"),
    "BMP without its palette": (EXACT["palette BMP"][:100], "damaged or cut off (BMP)"),
    "BMP whose palette lies elsewhere": (
        EXACT["palette BMP"][:14] + struct.pack("<I", 0xDF0028) + EXACT["palette BMP"][18:],
        "damaged or cut off (BMP)",
    ),
    "cut-off WebP": (EXACT["lossless WebP"][:-30], "damaged or cut off (WebP)"),
    "bilevel BMP": (encoded(picture("1"), "BMP"), "BMP, or of fewer than 8 bits is not read"),
    "opaque animated WebP": (encoded(picture("RGB"), "WEBP", save_all=True, append_images=ANIMATION), "animated WebP"),
    "animated WebP": (encoded(picture("RGBA"), "WEBP", save_all=True, append_images=ANIMATION), "animated WebP"),
    "TIFF": (encoded(picture("RGB"), "TIFF"), "TIFF is not read"),
    "ICO": (encoded(picture("RGB"), "ICO"), "ICO is not read"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(50), "HEIC is not read"),
    "too large": (bomb("PNG"), "more than 134,217,728 pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why_and_what_to_do(name: str) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(tf.errors.OpError):
        COMPILED(content)
    said = why_unreadable(content)
    assert said is not None
    assert reason in said
    assert "; " in said


def test_what_can_be_read_has_no_reason() -> None:
    assert why_unreadable(JPEG) is None


def test_decoding_can_be_exported(tmp_path_factory: pytest.TempPathFactory) -> None:
    module = tf.Module()
    module.decode = COMPILED
    folder = str(tmp_path_factory.mktemp("saved"))
    tf.saved_model.save(module, folder)
    content = EXACT["JPEG, orientation 6"]
    assert (tf.saved_model.load(folder).decode(content).numpy() == pillow(content)).all()


@pytest.mark.parametrize(("reduce_to", "scale"), [(30, 8), (31, 4), (100, 2), (121, 1), (1000, 1)])
def test_a_large_jpeg_is_decoded_at_the_smallest_scale_that_keeps_enough_pixels(reduce_to: int, scale: int) -> None:
    content = encoded(picture("RGB").resize((320, 241)), "JPEG", quality=95)
    drafted = Image.open(io.BytesIO(content))
    drafted.draft("RGB", (320 // scale, 241 // scale))
    reduced = decode(tf.constant(content), reduce_to).numpy()
    assert reduced.shape == (-(-241 // scale), -(-320 // scale), 3)
    np.testing.assert_array_equal(reduced, np.asarray(drafted))


def test_reducing_leaves_other_formats_alone() -> None:
    content = encoded(picture("RGB").resize((320, 240)), "PNG")
    np.testing.assert_array_equal(decode(tf.constant(content), 10), decode(tf.constant(content)))
