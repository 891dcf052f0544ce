"""Drawing of one glyph as a small grey picture with bright ink, cropped to its ink and scaled to a common size."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIDE = 48
INK_SIDE = 36
_POINTS = 72
_LEAST_INK = 12
_INK = 127  # brighter pixels count as ink


def draw(path: Path, index: int, code: int) -> NDArray[np.uint8] | None:
    """Return the centred glyph, uint8 (48, 48), its longer side 36 pixels; None if nothing is visible."""
    face = _face(path, index)
    left, top, right, bottom = (int(edge) for edge in face.getbbox(chr(code)))
    if not (0 < right - left <= 6 * _POINTS and 0 < bottom - top <= 6 * _POINTS):
        return None
    canvas = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), chr(code), fill=255, font=face)
    box = canvas.getbbox()
    if box is None:
        return None
    ink = canvas.crop(box)
    scale = INK_SIDE / max(ink.size)
    ink = ink.resize((max(1, round(ink.width * scale)), max(1, round(ink.height * scale))), Image.Resampling.BOX)
    glyph = Image.new("L", (SIDE, SIDE))
    glyph.paste(ink, ((SIDE - ink.width) // 2, (SIDE - ink.height) // 2))
    pixels = np.asarray(glyph, dtype=np.uint8)
    return pixels if int((pixels > _INK).sum()) >= _LEAST_INK else None


def complexity(glyph: NDArray[np.uint8]) -> int:
    """Return the number of edges between ink and paper in all rows and columns: few for simple strokes."""
    ink = glyph > _INK
    return int((ink[1:] != ink[:-1]).sum() + (ink[:, 1:] != ink[:, :-1]).sum())


@lru_cache(maxsize=4)
def _face(path: Path, index: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), _POINTS, index=index, layout_engine=ImageFont.Layout.BASIC)
