"""Pictures on which the converted network is compared with the original one: photographs and random pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PHOTOGRAPHS = ("chelsea", "coffee", "rocket", "motorcycle", "astronaut")
"""Photographs that scikit-image ships."""

RANDOM_SIZES = ((64, 64), (97, 130), (224, 224))
"""Height and width: the smallest, odd and even ones, the published one."""

Pixels = NDArray[np.uint8]


def photograph(name: str) -> Pixels:
    """Return a photograph of scikit-image, uint8 (h, w, 3)."""
    from skimage import data

    picture = data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(data, name)()
    return np.asarray(picture, np.uint8)


def square(picture: Pixels, size: int = 224) -> Pixels:
    """Return the middle square at another size, by the nearest pixel, so that no library's rounding matters."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    places = (np.arange(size) * side + side // 2) // size
    middle = picture[top : top + side, left : left + side]
    return np.asarray(middle[places][:, places], np.uint8)


def random_picture(height: int, width: int) -> Pixels:
    """Return random pixels; the same size gives the same ones. uint8 (height, width, 3)."""
    return np.random.default_rng((height, width)).integers(0, 256, (height, width, 3), np.uint8)


def pictures() -> dict[str, Pixels]:
    """Return all pictures by name."""
    random = {f"random-{height}x{width}": random_picture(height, width) for height, width in RANDOM_SIZES}
    return {name: square(photograph(name)) for name in PHOTOGRAPHS} | random
