"""JPEG files for benchmarks: coloured clouds with noise, in folders by class. Not a benchmark itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["make_photographs"]


def make_photographs(
    folder: Path, count: int, *, classes: int = 10, width: int = 500, height: int = 375, drawn: int = 500
) -> Path:
    """Write ``count`` JPEG files of distinct bytes into ``folder/CLASS/NUMBER.jpg``; return the folder.

    No more than ``drawn`` are drawn; the others are those with a number after the end of the picture, which decoders
    pass over.
    """
    draw = np.random.default_rng(0)
    for number in range(classes):
        (folder / f"class{number}").mkdir(parents=True)
    encoded: list[bytes] = []
    for number in range(count):
        path = folder / f"class{number % classes}" / f"{number:06d}.jpg"
        if number < drawn:
            clouds = draw.integers(0, 256, (8, 10, 3), dtype=np.uint8)
            clouds[..., number % 3] = (number % classes) * 25
            picture = Image.fromarray(clouds).resize((width, height), Image.Resampling.BICUBIC)
            noisy = np.asarray(picture, np.int16) + draw.integers(-12, 13, (height, width, 3), dtype=np.int16)
            Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path, quality=90)
            encoded.append(path.read_bytes())
        else:
            path.write_bytes(encoded[number % drawn] + number.to_bytes(4, "big"))
    return folder
