"""Decoding: every kind of file against Pillow, and what is refused."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from tlzoo.data import why_unreadable
from tlzoo.errors import UsageError
from tlzoo.modalities.vision.image_files import decoding
from tlzoo.modalities.vision.image_files.background import background_of
from tlzoo.modalities.vision.image_files.decoding import decode

HEIGHT, WIDTH = 30, 41


@tf.function(input_signature=[tf.TensorSpec((), tf.string)])
def compiled(encoded: tf.Tensor) -> tf.Tensor:
    return decode(encoded)


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


def pillow(content: bytes, background: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    """Decode by Pillow: turned upright, transparent pixels over a background."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    pixels = np.asarray(image.convert("RGBA")).astype(np.float64)
    alpha = pixels[..., 3:] / 255
    return np.floor(pixels[..., :3] * alpha + np.array(background) * (1 - alpha) + 0.5).astype(np.uint8)


def oriented(orientation: int, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    exif[0x0112] = orientation
    return encoded(picture("RGB"), "JPEG", exif=exif, **options)


def turned(kind: str, orientation: int, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture("RGB"), kind, exif=exif, **options)


def with_segments(content: bytes, count: int) -> bytes:
    """Put comments and an XMP segment before the EXIF segment of a JPEG."""
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"
    segment = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
    comment = b"\xff\xfe" + struct.pack(">H", 5002) + bytes(5000)
    return content[:2] + segment + comment * count + content[2:]


def exif_behind(content: bytes) -> bytes:
    """Move a PNG's eXIf chunk behind its image data."""
    start = content.index(b"eXIf") - 4
    length = struct.unpack(">I", content[start : start + 4])[0] + 12
    chunk, rest = content[start : start + length], content[:start] + content[start + length :]
    return rest[:-12] + chunk + rest[-12:]


def see_through(mode: str) -> Image.Image:
    """Return a picture whose shape is in the alpha channel alone: black, opaque in a circle, half so around it."""
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = (down - HEIGHT / 2) ** 2 + (right - WIDTH / 2) ** 2
    alpha = np.where(distance < 80, 255, np.where(distance < 150, 128, 0)).astype(np.uint8)
    image = Image.new(mode, (WIDTH, HEIGHT), 0)
    image.putalpha(Image.fromarray(alpha))
    return image


def gif(left: int = 0, **changes: int) -> bytes:
    """Return a GIF whose frame covers a part of its canvas, with a palette of its own or of the whole, transparent."""
    image = Image.fromarray((np.mgrid[0:20, 0:20][0] % 3).astype(np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 100, 50, 0, 0, 0, 255, 255, 0])
    content = bytearray(encoded(image, "GIF", transparency=1, comment=b"a comment " * 100, optimize=False))
    for name, value in changes.items():
        place = {"width": 6, "height": 8}[name]
        content[place : place + 2] = struct.pack("<H", value)
    content[content.rindex(b"\x2c\0\0") + 1] = left
    return bytes(content)


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
    "JPEG with EXIF behind XMP": with_segments(oriented(6), 0),
    "JPEG with EXIF behind long comments": with_segments(oriented(8), 60),
    **{f"PNG, orientation {number}": turned("PNG", number) for number in range(1, 9)},
    "PNG with EXIF behind its data": exif_behind(turned("PNG", 6)),
    **{f"WebP, orientation {number}": turned("WEBP", number, lossless=True) for number in (3, 6, 8)},
    "turned PNG with alpha": encoded(
        see_through("RGB"), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    ),
    "shape in the alpha channel of a PNG": encoded(see_through("RGB"), "PNG"),
    "shape in the alpha channel of a grey PNG": encoded(see_through("L"), "PNG"),
    "shape in the alpha channel of a WebP": encoded(see_through("RGB"), "WEBP", lossless=True, exact=True),
    "PNG with a transparent colour": encoded(picture("P").convert("RGB"), "PNG", transparency=(0, 0, 0)),
    "palette PNG with transparency": encoded(picture("P"), "PNG", transparency=bytes(range(256))),
    "GIF with a transparent colour": gif(),
    "GIF without a transparent colour": encoded(picture("P"), "GIF"),
    "JPEG with EXIF first": without_jfif(oriented(6)),
    "JPEG with big-endian EXIF": big_endian(oriented(6)),
}


@pytest.mark.parametrize("name", EXACT)
def test_pixels_are_those_of_pillow(name: str) -> None:
    content = EXACT[name]
    pixels = compiled(content).numpy()
    assert pixels.dtype == np.uint8
    assert (pixels == pillow(content)).all()


@pytest.mark.parametrize("name", ["JPEG, orientation 6", "palette BMP", "WebP with metadata", "PNG"])
def test_eager_and_compiled_agree(name: str) -> None:
    assert (decode(tf.constant(EXACT[name])).numpy() == compiled(EXACT[name]).numpy()).all()


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("RGB", "WEBP"), ("RGBA", "WEBP")])
def test_lossy_colours_are_near_pillow(mode: str, kind: str) -> None:
    content = encoded(picture(mode), kind)
    assert np.abs(compiled(content).numpy().astype(int) - pillow(content)).max() <= 3


def test_ycck_is_near_pillow() -> None:
    content = bytearray(encoded(picture("CMYK"), "JPEG"))
    marker = content.index(b"Adobe")
    content[marker + 11] = 2  # the transform: YCCK instead of CMYK
    difference = compiled(bytes(content)).numpy().astype(int) - pillow(bytes(content))
    assert np.abs(difference).max() <= 3


def test_sixteen_bits_keep_the_high_byte() -> None:
    values = np.random.default_rng(0).integers(0, 2**16, (HEIGHT, WIDTH, 3)).astype(np.uint16)
    for channels in (1, 3):
        content = tf.io.encode_png(values[..., :channels]).numpy()
        assert (compiled(content).numpy() == values[..., :channels] >> 8).all()


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
        compiled(bomb(kind))


@pytest.mark.parametrize("name", ["PNG", "JPEG, orientation 6", "GIF", "BMP", "lossless WebP", "WebP with metadata"])
def test_the_limit_counts_the_pixels_of_the_header(name: str) -> None:
    content = tf.constant(EXACT[name])
    pixels = HEIGHT * WIDTH
    assert decoding.decoder(most_pixels=pixels)(content).shape[2] == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match=decoding.TOO_LARGE):
        decoding.decoder(most_pixels=pixels - 1)(content)


@pytest.mark.parametrize("name", ["PNG with alpha", "JPEG, orientation 6", "GIF", "BMP", "lossless WebP with alpha"])
def test_a_graph_of_some_formats_reads_those_and_refuses_others(name: str) -> None:
    (own,) = (each for each in decoding.FORMATS if each in name)
    content = tf.constant(EXACT[name])
    assert (decoding.decoder(formats=frozenset({own, "GIF"}))(content).numpy() == decode(content).numpy()).all()
    with pytest.raises(tf.errors.InvalidArgumentError, match="the file has changed"):
        decoding.decoder(formats=decoding.FORMATS - {own})(content)


@pytest.mark.parametrize("background", [(0, 0, 0), (255, 136, 0)])
@pytest.mark.parametrize("name", [name for name in EXACT if "transparen" in name or "alpha" in name])
def test_transparent_pixels_take_the_background_that_is_asked_for(name: str, background: Any) -> None:
    pixels = decode(tf.constant(EXACT[name]), None, background).numpy()
    assert (pixels == pillow(EXACT[name], background)).all()


@pytest.mark.parametrize("name", ["PNG with alpha", "GIF with a transparent colour", "lossless WebP with alpha"])
def test_alpha_can_be_dropped(name: str) -> None:
    stored = np.asarray(Image.open(io.BytesIO(EXACT[name])).convert("RGBA"))[..., :3]
    assert (decode(tf.constant(EXACT[name]), None, None).numpy() == stored).all()


def test_pixels_outside_a_gif_frame_are_background() -> None:
    pixels = compiled(gif(left=3, width=24, height=22)).numpy()
    assert pixels.shape == (22, 24, 3)
    assert (pixels[20:] == 255).all()
    assert (pixels[:, :3] == 255).all()
    assert (pixels[:, 23:] == 255).all()
    assert (pixels[:20, 3:23] == compiled(gif()).numpy()).all()


def test_many_tiny_blocks_end() -> None:
    chunk = struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    content = EXACT["PNG, orientation 6"]
    at = content.index(b"eXIf") - 4
    assert (compiled(content[:at] + chunk * 300 + content[at:]).numpy() == pillow(content)).all()


@pytest.mark.parametrize(
    ("alpha", "background"),
    [
        (None, (255, 255, 255)),
        ("black", (0, 0, 0)),
        ("drop", None),
        ("ff8800", (255, 136, 0)),
        ("#FF8800", (255, 136, 0)),
    ],
)
def test_backgrounds_by_name(alpha: str | None, background: Any) -> None:
    assert background_of(alpha) == background


@pytest.mark.parametrize("alpha", ["", "blue", "ff88", "ff88000"])
def test_an_unknown_background_is_refused(alpha: str) -> None:
    with pytest.raises(UsageError, match="is not a background"):
        background_of(alpha)


ANIMATION = [picture("RGB").rotate(90)]

REFUSED = {
    "empty": (b"", "the file is empty"),
    "text": (b"this is a text and no image at all", "not an image"),
    "one byte": (b"x", "not an image"),
    "only JPEG's magic": (b"\xff\xd8\xff", "damaged or truncated (JPEG)"),
    "cut-off JPEG": (JPEG[: len(JPEG) // 2], "damaged or truncated (JPEG)"),
    "JPEG without its end": (JPEG[:-2], "damaged or truncated (JPEG)"),
    "cut-off PNG": (EXACT["PNG"][:-60], "damaged or truncated (PNG)"),
    "cut-off GIF": (EXACT["GIF"][:-100], "damaged or truncated (GIF)"),
    "cut-off BMP": (EXACT["BMP"][:-100], "damaged or truncated (BMP)"),
    "BMP without its palette": (EXACT["palette BMP"][:100], "damaged or truncated (BMP)"),
    "BMP whose palette lies elsewhere": (
        EXACT["palette BMP"][:14] + struct.pack("<I", 0xDF0028) + EXACT["palette BMP"][18:],
        "damaged or truncated (BMP)",
    ),
    "cut-off WebP": (EXACT["lossless WebP"][:-30], "damaged or truncated (WebP)"),
    "bilevel BMP": (encoded(picture("1"), "BMP"), "BMP, or of fewer than 8 bits is not supported"),
    "opaque animated WebP": (encoded(picture("RGB"), "WEBP", save_all=True, append_images=ANIMATION), "animated WebP"),
    "animated WebP": (encoded(picture("RGBA"), "WEBP", save_all=True, append_images=ANIMATION), "animated WebP"),
    "TIFF": (encoded(picture("RGB"), "TIFF"), "TIFF is not supported"),
    "ICO": (encoded(picture("RGB"), "ICO"), "ICO is not supported"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(50), "HEIC is not supported"),
    "PPM": (encoded(picture("RGB"), "PPM"), "PPM is not supported"),
    "PGM": (encoded(picture("L"), "PPM"), "PGM is not supported"),
    "TGA": (encoded(picture("RGB"), "TGA"), "TGA is not supported"),
    "grey TGA without a footer": (encoded(picture("L"), "TGA")[:-26], "TGA is not supported"),
    "TGA with a palette": (encoded(picture("P"), "TGA"), "TGA is not supported"),
    "too large": (bomb("PNG"), "more than 134,217,728 pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unreadable_image_is_refused_with_reason_and_fix(name: str) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(tf.errors.OpError):
        compiled(content)
    said = why_unreadable(content)
    assert said is not None
    assert reason in said
    assert "; " in said


def test_a_readable_image_has_no_reason_to_refuse_it() -> None:
    assert why_unreadable(JPEG) is None


def test_decoding_can_be_exported(tmp_path_factory: pytest.TempPathFactory) -> None:
    module = tf.Module()
    module.decode = compiled
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
