"""Mask files: images whose pixels are class indices or the colours of a palette."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tlzoo.errors import DataError

__all__ = ["SUFFIXES", "Palette", "UnreadableMaskError", "read_mask", "size_text", "stored_values"]

SUFFIXES = frozenset({".png", ".bmp", ".gif", ".tif", ".tiff"})
_FORMATS = ("PNG", "BMP", "GIF", "TIFF")
_MOST_PIXELS = 2**27
_IGNORED, _UNKNOWN = 255, -1
_RGB = 3
_INDEX_MODES = ("P", "L", "1", "I", "I;16", "I;16B")
_COLOUR_MODES = ("RGB", "RGBA")


class UnreadableMaskError(DataError):
    """A mask file that is damaged, of another format or too large."""


@dataclass(frozen=True, slots=True)
class Palette:
    """How the pixels of mask files stand for classes.

    ``indices`` maps a stored value to a class index, 255 for ignored pixels. ``colours`` does so for colours,
    ``0xrrggbb``. A value or a colour in neither is refused.
    """

    indices: tuple[tuple[int, int], ...] = ()
    colours: tuple[tuple[int, int], ...] = ()


def read_mask(path: Path, palette: Palette) -> np.ndarray:
    """Return the class indices of a mask file, uint8 (height, width).

    Raises DataError for a file that cannot be read, and for a value or a colour that is not in the palette.
    """
    values, in_colour = stored_values(path, [colour for colour, _ in palette.colours])
    table = palette.colours if in_colour else palette.indices
    known, places = (np.array(each, np.int64) for each in zip(*sorted(table), strict=True)) if table else (None, None)
    if known is None or places is None:
        raise DataError(
            f"the mask {path} is in colour, but its colours have no classes",
            "list them in classes.csv, with the columns name, red, green and blue",
        )
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found = known[at] == values
    if not found.all():
        value = int(values[~found][0])
        count = int((~found & (values == value)).sum())
        what = f"colour #{value:06x}" if in_colour else f"value {value}"
        raise DataError(
            f"{count} pixels of the mask {path} have the {what}, which is not a class",
            "add the class, or ignore the value with ignore=",
        )
    classes: np.ndarray = places[at].astype(np.uint8)
    return classes


def stored_values(path: Path, colours: Sequence[int] = ()) -> tuple[np.ndarray, bool]:
    """Return the stored values of a mask file, int64 (height, width), and whether they are colours ``0xrrggbb``.

    A file with a palette has indices, but colours if all of its colours are among ``colours``, those of classes:
    programs store pictures of few colours with a palette of their own.

    Raises UnreadableMaskError for a file that cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(path.read_bytes()), formats=_FORMATS) as image:
            _check_size(image.size, path)
            pixels, mode = np.asarray(image), image.mode
            shown = np.asarray(image.convert("RGB")) if mode == "P" and colours else None
    except UnreadableMaskError:
        raise
    except UnidentifiedImageError as error:
        what = f"the mask {path} is not PNG, BMP, GIF or TIFF"
        raise UnreadableMaskError(what, "save it as PNG: JPEG changes values") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableMaskError(f"the mask {path} cannot be read: {error}", "restore it from its original") from error
    if shown is not None and np.isin(in_hexadecimal := _colours(shown), colours).all():
        return in_hexadecimal, True
    if mode in _INDEX_MODES:
        return pixels.astype(np.int64), False
    if mode not in _COLOUR_MODES:
        raise UnreadableMaskError(
            f"the mask {path} has pixels of the kind {mode}", "save class indices or RGB colours as PNG"
        )
    return _colours(pixels), True


def _colours(pixels: np.ndarray) -> np.ndarray:
    channels = pixels[..., :_RGB].astype(np.int64)
    codes: np.ndarray = channels @ np.array([1 << 16, 1 << 8, 1])
    return codes


def size_text(size: tuple[int, int]) -> str:
    """Return a size (height, width) as text: width x height."""
    return f"{size[1]} x {size[0]}"


def _check_size(size: tuple[int, int], path: Path) -> None:
    if size[0] * size[1] > _MOST_PIXELS:
        raise UnreadableMaskError(
            f"the mask {path} has {size[0]} x {size[1]} pixels, more than {_MOST_PIXELS:,}", "divide it"
        )
