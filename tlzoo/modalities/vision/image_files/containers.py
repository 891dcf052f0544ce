"""Blocks of image files, found in TensorFlow operations: JPEG segments, PNG chunks, WebP chunks, GIF blocks."""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_BLOCKS = 2**15  # a PNG of 256 MB has as many chunks of 8 kB; the search ends there
_HEAD = 12
_EXIF = (0xE1, b"Exif\0\0")


def bytes_at(encoded: tf.Tensor, at: tf.Tensor | int, count: int) -> tf.Tensor:
    """Return ``count`` bytes of a scalar string from a position on, int64 (count,); zeros beyond its end."""
    at = tf.clip_by_value(tf.cast(at, tf.int64), 0, _end(encoded))
    padded = tf.strings.join([tf.strings.substr(encoded, at, count), b"\0" * count])
    return tf.cast(tf.io.decode_raw(tf.strings.substr(padded, 0, count), tf.uint8), tf.int64)


def number(values: tf.Tensor, places: tuple[int, ...]) -> tf.Tensor:
    """Return an unsigned number from the bytes at ``places`` of ``values``, the lowest first."""
    return tf.reduce_sum(tf.gather(values, places) * [256**power for power in range(len(places))])


def starts(values: tf.Tensor, at: int, magic: bytes) -> tf.Tensor:
    """Return whether ``magic`` is at a position of ``values``."""
    return tf.reduce_all(values[at : at + len(magic)] == tf.constant(list(magic), tf.int64))


def jpeg_exif(encoded: tf.Tensor) -> tf.Tensor:
    """Return the position of the TIFF structure of a JPEG's EXIF segment, int64; -1 if absent.

    The segment may be anywhere before the scan, also after JFIF, XMP, ICC and comment segments.
    """

    def visit(at: tf.Tensor, head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        is_exif = (head[1] == _EXIF[0]) & starts(head, 4, _EXIF[1])
        is_marker = (head[0] == 0xFF) & (head[1] != 0xDA) & (head[1] != 0xD9)  # noqa: PLR2004 - scan and end of image
        following = tf.where(head[1] == 0xFF, at + 1, at + 2 + number(head, (3, 2)))  # noqa: PLR2004 - a fill byte
        return is_exif & is_marker, tf.where(is_marker, following, _end(encoded))

    found = _if_anywhere(encoded, _EXIF[1], lambda: _find(encoded, 2, visit))
    return tf.where(found >= 0, found + 10, -1)


def png_chunk(encoded: tf.Tensor, name: bytes, *, before: bytes = b"IEND") -> tf.Tensor:
    """Return the position of a PNG chunk's content, int64; -1 unless it precedes the chunk ``before``."""

    def visit(at: tf.Tensor, head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        following = tf.where(starts(head, 4, before), _end(encoded), at + 12 + number(head, (3, 2, 1, 0)))
        return starts(head, 4, name), following

    found = _if_anywhere(encoded, name, lambda: _find(encoded, 8, visit))
    return tf.where(found >= 0, found + 8, -1)


def webp_exif(encoded: tf.Tensor) -> tf.Tensor:
    """Return the position of the TIFF structure of a WebP's EXIF chunk, int64; -1 if absent."""

    def visit(at: tf.Tensor, head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        size = number(head, (4, 5, 6, 7))
        return starts(head, 0, b"EXIF"), at + 8 + size + size % 2

    found = _find(encoded, 12, visit)
    prefixed = starts(bytes_at(encoded, found + 8, 6), 0, _EXIF[1])  # as some programs write it
    return tf.where(found >= 0, found + tf.where(prefixed, tf.constant(14, tf.int64), 8), -1)


def gif_frame(encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the positions of a GIF's first image and of its control block; -1 if absent.

    Both are scalar int64. Extensions are divided into sub-blocks of at most 255 bytes each.
    """
    flags = bytes_at(encoded, 10, 1)[0]
    palette = tf.where(flags >= 128, 3 * 2 ** (flags % 8 + 1), 0)  # noqa: PLR2004 - the highest bit

    def more(at: tf.Tensor, found: tf.Tensor, _control: tf.Tensor, _inside: tf.Tensor) -> tf.Tensor:
        return ~found & (at < _end(encoded))

    def step(at: tf.Tensor, _found: tf.Tensor, control: tf.Tensor, inside: tf.Tensor) -> tuple[tf.Tensor, ...]:
        head = bytes_at(encoded, at, 2)
        is_image, is_extension = ~inside & (head[0] == 0x2C), ~inside & (head[0] == 0x21)  # noqa: PLR2004
        control = tf.where(is_extension & (head[1] == 0xF9), at, control)  # noqa: PLR2004
        following = tf.where(inside, at + 1 + head[0], tf.where(is_extension, at + 2, _end(encoded)))
        inside = is_extension | (inside & (head[0] > 0))
        return tf.where(is_image, at, following), is_image, control, inside

    nothing, no = tf.constant(-1, tf.int64), tf.constant(False)
    at, found, control, _ = tf.while_loop(
        more, step, (13 + palette, no, nothing, no), parallel_iterations=1, maximum_iterations=_MOST_BLOCKS
    )
    return tf.where(found, at, -1), tf.where(found, control, -1)


def _if_anywhere(encoded: tf.Tensor, magic: bytes, walk: Callable[[], tf.Tensor]) -> tf.Tensor:
    """Return the position found by ``walk()``, or -1 at once if ``magic`` does not occur in the file.

    A walk takes about 0.2 ms per block, and most files have nothing to find; a search of all bytes takes 1 ms for 3 MB.
    """
    content = tf.io.decode_raw(encoded, tf.uint8)
    count = tf.maximum(tf.size(content) - len(magic) + 1, 0)
    hits = [content[place : place + count] == byte for place, byte in enumerate(magic)]
    return tf.cond(tf.reduce_any(reduce(operator.and_, hits)), walk, lambda: tf.constant(-1, tf.int64))


def _find(
    encoded: tf.Tensor, start: int, visit: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
) -> tf.Tensor:
    """Return the position of the first block accepted by ``visit``, int64; -1 if there is none.

    ``visit`` gets a block's position and its first bytes (12,), and returns whether it is accepted and the position of
    the next.
    """

    def step(at: tf.Tensor, _found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        wanted, following = visit(at, bytes_at(encoded, at, _HEAD))
        return tf.where(wanted, at, following), wanted

    at, found = tf.while_loop(
        lambda at, found: ~found & (at < _end(encoded)),
        step,
        (tf.constant(start, tf.int64), tf.constant(False)),
        parallel_iterations=1,
        maximum_iterations=_MOST_BLOCKS,
    )
    return tf.where(found, at, -1)


def _end(encoded: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.strings.length(encoded), tf.int64)
