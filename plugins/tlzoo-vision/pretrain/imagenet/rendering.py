"""Reads picture files, and crops them to the visible part."""

from __future__ import annotations

import io
import subprocess
import warnings
from pathlib import Path

from PIL import Image

SIDE = 72
"""Side in pixels of the pictures from which networks are trained from scratch."""

_LEAST = 20  # pixels of the longer side in the file
_MOST_PIXELS = 2**24
_BARELY_VISIBLE = 8  # opacity
_WHITE = 255


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
