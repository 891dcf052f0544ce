"""Decoding of images with TensorFlow operations only.

The adapters, ``predict`` and the exported ``serving/`` graph all call ``decode``, so they see the same pixels.
Its rules, each compared with Pillow in the tests:

- JPEG: grey, colour, CMYK and YCCK become RGB. Truncated data is refused; damage inside the data that libjpeg can skip
  is not detected.
- PNG: grey, palette and 16 bits (the high byte) become 8-bit RGB; ``decode_deep`` keeps 16 bits.
- GIF: the first frame. BMP: 8 bits with a palette, 24 or 32 bits, uncompressed.
- WebP: still images. TensorFlow 2.21 writes beyond its buffer on an opaque animation, so animations are refused.
- Transparent pixels are composited over a background, white by default (``transparency``).
- The EXIF orientation of JPEG, PNG (``eXIf``) and WebP is applied, at any position in the file.
- An image of more than ``MOST_PIXELS``, or too large for the reader's memory, is refused before memory is allocated
  for it, by the size in its header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from tlzoo.modalities.vision.image_files.background import WHITE, Background
from tlzoo.modalities.vision.image_files.bit_depth import scale_of_bits
from tlzoo.modalities.vision.image_files.containers import bytes_at, jpeg_exif, number, png_chunk, starts, webp_exif
from tlzoo.modalities.vision.image_files.orientation import upright
from tlzoo.modalities.vision.image_files.transparency import decode_gif, over

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

MOST_PIXELS = 2**27
"""Largest height times width of a decoded image: 134 million, 403 MB as RGB."""

TOO_LARGE = "image has too many pixels"
UNKNOWN = "not JPEG, PNG, GIF, BMP or WebP"
ANIMATED = "animated WebP"
BMP_KIND = "compressed BMP, or of fewer than 8 bits"
FORMATS = frozenset({"JPEG", "PNG", "GIF", "BMP", "WebP"})

_SCALES = (2, 4, 8)
_HEAD = 70
_PLAIN_BITS = 8
_MAGIC = 12
_BMP_HEADER = 40
_BMP_WITH_ALPHA = 56
_RGB = 3
_SCALAR = tf.TensorSpec((), tf.string)
_TRACING = Lock()


@dataclass(frozen=True, slots=True)
class _File:
    """One image file (a scalar string) with its first bytes, int64 (70,), and the arguments of ``decode``."""

    encoded: tf.Tensor
    head: tf.Tensor
    most_pixels: int | tf.Tensor
    reduce_to: int | None
    background: Background


_Decoded = tuple[tf.Tensor, tf.Tensor]
"""RGB, or RGBA if the image may be transparent, as stored; and the position of the file's EXIF, or -1."""


@cache
def file_reader(
    formats: frozenset[str] = FORMATS, reduce_to: int | None = None, background: Background = WHITE, bits: int = 8
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a function that reads and decodes the file of a path (a scalar string), to uint8 (height, width, 3).

    With ``bits`` it is float32, as in ``decode_deep``. The function raises the errors of ``decode``.
    """

    def read(path: tf.Tensor) -> tf.Tensor:
        encoded = tf.io.read_file(path)
        if bits > _PLAIN_BITS:
            return decode_deep(encoded, bits, background, formats=formats)
        return decode(encoded, reduce_to, background, formats=formats)

    traced: Callable[[tf.Tensor], tf.Tensor] = tf.function(read, input_signature=[_SCALAR], autograph=False)
    return traced


def decoder(
    background: Background = WHITE, most_pixels: int = MOST_PIXELS, formats: frozenset[str] = FORMATS, bits: int = 8
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return ``decode`` as a graph, traced once per process: the graph of all formats takes a second of CPU time.

    With more than 8 ``bits`` it is ``decode_deep``.

    May be called from several threads.
    """
    with _TRACING:
        traced = _traced(background, formats, bits)
    return lambda encoded: traced(encoded, tf.constant(most_pixels, tf.int64))


@cache
def _traced(background: Background, formats: frozenset[str], bits: int) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    def decoded(encoded: tf.Tensor, most_pixels: tf.Tensor) -> tf.Tensor:
        if bits > _PLAIN_BITS:
            return decode_deep(encoded, bits, background, most_pixels, formats)
        return decode(encoded, None, background, most_pixels, formats)

    function = tf.function(decoded, input_signature=[_SCALAR, tf.TensorSpec((), tf.int64)], autograph=False)
    traced: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = function.get_concrete_function()
    return traced


def decode(
    encoded: tf.Tensor,
    reduce_to: int | None = None,
    background: Background = WHITE,
    most_pixels: int | tf.Tensor = MOST_PIXELS,
    formats: frozenset[str] = FORMATS,
) -> tf.Tensor:
    """Turn the bytes of one image file (a scalar string) into uint8 (height, width, 3) in 0..255.

    With ``reduce_to`` a JPEG is decoded at a half, a quarter or an eighth of its size, the smallest with at least as
    many pixels on its shorter side: libjpeg omits unneeded frequencies. Transparent pixels are
    composited over ``background``. Images with more than ``most_pixels``, or not of ``formats``, are refused:
    TensorFlow optimizes a graph again for each pass over a stream, which takes half a second for all formats.

    Raises:
        tf.errors.InvalidArgumentError: If the image cannot be decoded. If it is refused rather than damaged, the
            message has one of this module's phrases.
    """
    readers = [(magic, reader) for name, (magic, reader) in _READERS.items() if name in formats]
    head = bytes_at(encoded, 0, _HEAD)
    file = _File(encoded, head, most_pixels, reduce_to, background)
    magic = np.array([list(magic) for magic, _ in readers], np.int64).reshape(-1, _MAGIC)
    fits = tf.reduce_all((head[:_MAGIC] == magic) | (magic == ord("?")), axis=1)
    kind = tf.where(tf.reduce_any(fits), tf.argmax(tf.cast(fits, tf.int32), output_type=tf.int32), len(readers))
    pixels, exif = tf.switch_case(kind, [*(partial(reader, file) for _, reader in readers), partial(_refuse, formats)])
    if pixels.shape[2] != _RGB:
        pixels = tf.cond(tf.shape(pixels)[2] == _RGB, lambda: pixels, lambda: over(pixels, background))
    return tf.ensure_shape(upright(pixels, encoded, exif), (None, None, _RGB))


def decode_deep(
    encoded: tf.Tensor,
    bits: int,
    background: Background = WHITE,
    most_pixels: int | tf.Tensor = MOST_PIXELS,
    formats: frozenset[str] = FORMATS,
) -> tf.Tensor:
    """Turn the bytes of one image file into float32 (height, width, 3) in 0..255, with fractions for 16-bit PNG.

    The values of a 16-bit PNG without an alpha channel are 0 to 2 ** ``bits`` - 1; larger ones become 255. All other
    files have the values of ``decode``, and its errors.
    """
    head = bytes_at(encoded, 0, _HEAD)
    is_deep = starts(head, 0, b"\x89PNG\r\n\x1a\n") & (head[24] == 16) & ((head[25] == 0) | (head[25] == 2))  # noqa: PLR2004 - the format's numbers

    def deep() -> tf.Tensor:
        with _within_limit(number(head, (23, 22, 21, 20)), number(head, (19, 18, 17, 16)), most_pixels):
            stored = tf.cast(tf.io.decode_png(encoded, channels=3, dtype=tf.uint16), tf.float32)
            pixels = tf.minimum(stored * scale_of_bits(bits), 255.0)
            return upright(pixels, encoded, png_chunk(encoded, b"eXIf"))

    def plain() -> tf.Tensor:
        return tf.cast(decode(encoded, None, background, most_pixels, formats), tf.float32)

    return tf.ensure_shape(tf.cond(is_deep, deep, plain), (None, None, _RGB))


def _jpeg(file: _File) -> _Decoded:
    shape = tf.cast(tf.io.extract_jpeg_shape(file.encoded), tf.int64)
    with _within_limit(shape[0], shape[1], file.most_pixels):
        exif = jpeg_exif(file.encoded)
        if file.reduce_to is None:
            return _decode_jpeg(file.encoded, 1), exif
        shorter = tf.minimum(shape[0], shape[1])
        enough = [shorter >= file.reduce_to * scale for scale in _SCALES]
        branches = [partial(_decode_jpeg, file.encoded, scale) for scale in (1, *_SCALES)]
        return tf.switch_case(tf.add_n([tf.cast(each, tf.int32) for each in enough]), branches), exif


def _decode_jpeg(encoded: tf.Tensor, scale: int) -> tf.Tensor:
    return tf.io.decode_jpeg(encoded, channels=3, ratio=scale, dct_method="INTEGER_ACCURATE")


def _png(file: _File) -> _Decoded:
    """Read an alpha channel, or the transparency of a palette or a colour, if there is one."""
    encoded, head = file.encoded, file.head
    with _within_limit(number(head, (23, 22, 21, 20)), number(head, (19, 18, 17, 16)), file.most_pixels):
        has_alpha = (head[25] == 4) | (head[25] == 6) | (png_chunk(encoded, b"tRNS", before=b"IDAT") >= 0)  # noqa: PLR2004 - the format's numbers
        image = tf.cond(
            has_alpha, lambda: tf.io.decode_png(encoded, channels=4), lambda: tf.io.decode_png(encoded, channels=3)
        )
        return image, png_chunk(encoded, b"eXIf")


def _gif(file: _File) -> _Decoded:
    return decode_gif(file.encoded, file.background, partial(_within_limit, most=file.most_pixels)), _nowhere()


def _webp(file: _File) -> _Decoded:
    """Read the size from one of the three headers; two of them declare an alpha channel."""
    encoded, head = file.encoded, file.head
    extended, lossless = starts(head, 12, b"VP8X"), starts(head, 12, b"VP8L")
    moving = extended & (tf.bitwise.bitwise_and(head[20], 0x02) != 0)
    packed = number(head, (21, 22, 23, 24))
    width = tf.case(
        [(extended, lambda: number(head, (24, 25, 26)) + 1), (lossless, lambda: packed % 2**14 + 1)],
        default=lambda: number(head, (26, 27)) % 2**14,
    )
    height = tf.case(
        [(extended, lambda: number(head, (27, 28, 29)) + 1), (lossless, lambda: packed // 2**14 % 2**14 + 1)],
        default=lambda: number(head, (28, 29)) % 2**14,
    )
    has_alpha = (extended & (head[20] // 16 % 2 == 1)) | (lossless & (packed // 2**28 % 2 == 1))
    with _within_limit(height, width, file.most_pixels), _assured(~moving, ANIMATED):
        image = tf.cond(
            has_alpha,
            lambda: tf.io.decode_webp(encoded, channels=4)[0],
            lambda: tf.io.decode_webp(encoded, channels=0)[0, :, :, :3],
        )
        has_exif = extended & (head[20] // 8 % 2 == 1)
        return image, tf.cond(has_exif, lambda: webp_exif(encoded), _nowhere)


def _bmp(file: _File) -> _Decoded:
    encoded, head = file.encoded, file.head
    # Rows of a negative height begin at the top.
    bits, compression = number(head, (28, 29)), number(head, (30, 31, 32, 33))
    width, height = number(head, (18, 19, 20, 21)), number(head, (22, 23, 24, 25))
    height = tf.where(height >= 2**31, 2**32 - height, height)
    known = (number(head, (14, 15, 16, 17)) >= _BMP_HEADER) & (
        ((compression == 0) & ((bits == 8) | (bits == 24))) | ((bits == 32) & ((compression == 0) | (compression == 3)))  # noqa: PLR2004 - the format's numbers
    )
    # The fourth byte is alpha only if a later header gives it a mask; otherwise it is unused.
    masked = (number(head, (14, 15, 16, 17)) >= _BMP_WITH_ALPHA) & (number(head, (66, 67, 68, 69)) > 0)

    def direct() -> tf.Tensor:
        pixels = tf.io.decode_bmp(encoded)
        has_alpha = (bits == 32) & (compression == 3) & masked  # noqa: PLR2004
        return tf.cond(has_alpha, lambda: pixels, lambda: pixels[:, :, :3])

    with _within_limit(height, width, file.most_pixels), _assured(known, BMP_KIND):
        return tf.cond(bits == 8, lambda: _bmp_palette(encoded, head), direct), _nowhere()  # noqa: PLR2004


def _bmp_palette(encoded: tf.Tensor, head: tf.Tensor) -> tf.Tensor:
    """Look up colours: TensorFlow returns palette indices as if they were grey."""
    size = tf.cast(tf.strings.length(encoded), tf.int64)
    start, end = tf.minimum(14 + number(head, (14, 15, 16, 17)), size), number(head, (10, 11, 12, 13))
    table = tf.io.decode_raw(tf.strings.substr(encoded, start, tf.maximum(end - start, 0) // 4 * 4), tf.uint8)
    colours = tf.reverse(tf.reshape(table, (-1, 4))[:, :3], axis=[1])
    return tf.gather(colours, tf.cast(tf.io.decode_bmp(encoded)[:, :, 0], tf.int32))


def _refuse(formats: frozenset[str]) -> _Decoded:
    message = UNKNOWN if formats == FORMATS else f"not {' or '.join(sorted(formats))}; the file has changed"
    with _assured(tf.constant(False), message):
        return tf.zeros((1, 1, 3), tf.uint8), _nowhere()


def _nowhere() -> tf.Tensor:
    return tf.constant(-1, tf.int64)


def _within_limit(height: tf.Tensor, width: tf.Tensor, most: int | tf.Tensor) -> AbstractContextManager[object]:
    # The larger side is compared first, because the product of two arbitrary numbers of a header may overflow.
    most = tf.cast(most, tf.int64)
    small = (tf.maximum(height, width) <= most) & (height * width <= most)
    return _assured(small, TOO_LARGE, width, "x", height)


def _assured(condition: tf.Tensor, message: str, *details: object) -> AbstractContextManager[object]:
    # tf.debugging.Assert adds a branch around this operation, which costs more than the assertion.
    operation = tf.raw_ops.Assert(
        condition=condition, data=[tf.convert_to_tensor(each) for each in (message, *details)]
    )
    context: AbstractContextManager[object] = tf.control_dependencies([] if operation is None else [operation])
    return context


_READERS: dict[str, tuple[bytes, Callable[[_File], _Decoded]]] = {
    "JPEG": (b"\xff\xd8\xff?????????", _jpeg),
    "PNG": (b"\x89PNG\r\n\x1a\n????", _png),
    "GIF": (b"GIF8????????", _gif),
    "BMP": (b"BM??????????", _bmp),
    "WebP": (b"RIFF????WEBP", _webp),
}
"""The first bytes of each format, where ``?`` is any byte."""
