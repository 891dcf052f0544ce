"""Renders picture files, cropped to what is visible, into small squares of premultiplied colour and opacity."""

from __future__ import annotations

import io
import subprocess
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 72
INSIDE = 64  # pixels of the longer side of what is visible
_LEAST = 20  # pixels of the longer side in the file
_MOST_PIXELS = 2**24
_BARELY_VISIBLE = 8  # opacity
_WHITE = 255


def render(source: Path | Image.Image) -> NDArray[np.uint8] | None:
    """Draw a file (whatever Pillow reads, or SVG by rsvg-convert) as uint8 (72, 72, 4), centred, colour premultiplied.

    None where it cannot be read, is smaller than 20 pixels or shows next to nothing.
    """
    picture = source if isinstance(source, Image.Image) else open_picture(source)
    visible = None if picture is None else visible_part(picture)
    if visible is None:
        return None
    scale = INSIDE / max(visible.size)
    size = (max(1, round(visible.width * scale)), max(1, round(visible.height * scale)))
    visible = visible.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    square: NDArray[np.uint8] = np.zeros((SIDE, SIDE, 4), np.uint8)
    top, left = (SIDE - visible.height) // 2, (SIDE - visible.width) // 2
    square[top : top + visible.height, left : left + visible.width] = np.asarray(visible)
    return square


def on_white(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay premultiplied pictures (N, h, w, 4) on white paper: uint8 (N, h, w, 3)."""
    light = pictures[..., :3].astype(np.uint16) + (_WHITE - pictures[..., 3:].astype(np.uint16))
    return np.asarray(np.minimum(light, _WHITE), np.uint8)


def visible_part(picture: Image.Image) -> Image.Image | None:
    """Crop an RGBA picture to its visible part, premultiplied; None if that is smaller than 20 pixels."""
    box = picture.getchannel("A").point(lambda value: _WHITE * (value > _BARELY_VISIBLE)).getbbox()
    if box is None or max(box[2] - box[0], box[3] - box[1]) < _LEAST:
        return None
    return picture.crop(box).convert("RGBa")


def open_picture(path: Path) -> Image.Image | None:
    """Return a file as RGBA, an SVG with up to 128 pixels a side; None if it cannot be read or is very large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix == ".svg":
                return Image.open(io.BytesIO(_svg(path))).convert("RGBA")
            picture = Image.open(path)
            return None if picture.width * picture.height > _MOST_PIXELS else picture.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError, subprocess.CalledProcessError):
        return None


def _svg(path: Path) -> bytes:
    command = ["rsvg-convert", "--width", "128", "--height", "128", "--keep-aspect-ratio", str(path)]
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - a file of a Debian package
