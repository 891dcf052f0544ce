"""Boxes drawn on images, for reports and files of predictions."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..segmentation.pictures import colours
from .boxes import CLASS, present

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["SHOWN", "compared", "drawn_file", "shown"]

SHOWN = 0.3
"""The score from which boxes are drawn and counted in words."""

_SCORE, _KIND = 4, 5
_GREY = 1
_SMALL = 320
_LIGHT = 128


def shown(answer: np.ndarray) -> np.ndarray:
    """Return the detections (K, 6) with a score that is drawn."""
    found: np.ndarray = answer[answer[:, _SCORE] >= SHOWN]
    return found


def compared(image: np.ndarray, label: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Return the image with its true boxes, and beside it with the predicted ones, in the colours of their classes.

    A report shows it small, so it has no words.

    Args:
        image: Pixels (height, width, 1 or 3), 0 to 255.
        label: True boxes (M, 6).
        answer: Detections (K, 6).
    """
    true, found = label[present(label)], shown(answer)
    sides = [
        _drawn(_picture(image), ((row[:4], row[kind], "") for row in rows))
        for rows, kind in ((true, CLASS), (found, _KIND))
    ]
    gap = np.full((sides[0].height, max(1, sides[0].width // 50), 3), 255, np.uint8)
    return np.concatenate([np.asarray(sides[0]), gap, np.asarray(sides[1])], axis=1)


def drawn_file(encoded: bytes, answer: np.ndarray, classes: Sequence[str]) -> bytes:
    """Return an encoded image with the predicted boxes, as PNG, upright; small images are enlarged."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(encoded)) as image:
        try:
            upright = ImageOps.exif_transpose(image)
        except Exception:  # noqa: BLE001 - Pillow raises anything for damaged EXIF, which decoders ignore
            upright = image
        if upright.mode.startswith("I;16"):  # the high byte, which networks see; Pillow would clip
            upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
        pixels = np.asarray(upright.convert("RGB"))
    stream = io.BytesIO()
    _drawn(_picture(pixels), _detections(answer, classes)).save(stream, "PNG")
    return stream.getvalue()


def _picture(image: np.ndarray) -> Image:
    """Return pixels as a picture, enlarged so that text on it can be read."""
    from PIL import Image

    pixels = np.clip(np.rint(np.asarray(image, np.float32)), 0, 255).astype(np.uint8)
    picture = Image.fromarray(np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == _GREY else pixels)
    factor = max(1, -(-_SMALL // max(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _detections(answer: np.ndarray, classes: Sequence[str]) -> Iterable[tuple[np.ndarray, float, str]]:
    for row in shown(answer):
        yield row[:4], row[_KIND], f"{classes[int(row[_KIND])]} {row[_SCORE]:.0%}"


def _drawn(picture: Image, boxes: Iterable[tuple[np.ndarray, Any, str]]) -> Image:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    line = max(2, round(max(picture.size) / 100))
    for corners, kind, words in boxes:
        left, top, right, bottom = (
            float(share) * (side - 1) for share, side in zip(corners, picture.size * 2, strict=True)
        )
        colour = tuple(int(each) for each in colours()[1 + int(kind) % 254])
        draw.rectangle((left, top, max(left, right), max(top, bottom)), outline=colour, width=line)
        if words:
            place = (left + line + 1, top + line)
            draw.rectangle(draw.textbbox(place, words), fill=colour)
            draw.text(place, words, fill="black" if sum(colour) > 3 * _LIGHT else "white")
    return picture
