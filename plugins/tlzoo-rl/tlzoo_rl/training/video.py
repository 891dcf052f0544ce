"""Pictures of an episode as an animated GIF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tlzoo.errors import DataError

__all__ = ["write_gif"]

_MOST = 200
_WIDTH = 300
_COLOURS = 64
_SHORTEST = 20
"""Milliseconds that viewers show a picture at least."""


def write_gif(path: Path, pictures: Sequence[np.ndarray], rate: float) -> None:
    """Write pictures, uint8 (height, width, 3) and ``rate`` a second: 200 at most, 300 pixels wide at most.

    Where some are left out the others stand longer, so that it takes as long as it did. Raises DataError where there is
    none.
    """
    from PIL import Image

    if not pictures:
        raise DataError("the environment gave no pictures", "it has no render mode 'rgb_array'")
    every = -(-len(pictures) // _MOST)
    height, width = pictures[0].shape[:2]
    share = min(1.0, _WIDTH / width)
    size = (round(width * share), round(height * share))
    images = [Image.fromarray(each).resize(size).quantize(_COLOURS) for each in pictures[::every]]
    duration = max(_SHORTEST, round(1000 * every / rate))
    path.parent.mkdir(parents=True, exist_ok=True)
    images[0].save(
        path, format="GIF", save_all=True, append_images=images[1:], duration=duration, loop=0, optimize=False
    )
