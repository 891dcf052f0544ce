"""Masks as pictures: PNG files and overlays for reports."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

__all__ = ["colours", "compared", "encoded_mask", "image_size", "predicted_mask"]

_OPACITY = 0.55
_COUNT = 256
_BITS = 8
_GREY = 1


def colours() -> np.ndarray:
    """Return the colours of class indices in Pascal VOC, uint8 (256, 3): the bits of an index, spread over channels."""
    table = np.zeros((_COUNT, 3), np.uint8)
    for index in range(_COUNT):
        for bit in range(_BITS):
            for channel in range(3):
                table[index, channel] |= ((index >> (3 * bit + channel)) & 1) << (7 - bit)
    return table


def image_size(encoded: bytes) -> tuple[int, int]:
    """Return height and width of an encoded image, upright."""
    from PIL import Image

    with Image.open(io.BytesIO(encoded)) as image:
        width, height = image.size
        try:
            turned = image.getexif().get(0x0112, 1) >= 5  # noqa: PLR2004 - the EXIF orientations with swapped sides
        except Exception:  # noqa: BLE001 - Pillow raises anything for damaged EXIF, which decoders ignore
            turned = False
    return (width, height) if turned else (height, width)


def predicted_mask(probabilities: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the most likely class of each pixel, uint8 (height, width), from probabilities (h, w, classes).

    Probabilities are enlarged (bilinear) one class after the other, so a large image needs little memory.
    """
    from PIL import Image

    best, found = np.full(size, -1.0, np.float32), np.zeros(size, np.uint8)
    for index in range(probabilities.shape[-1]):
        small = Image.fromarray(np.ascontiguousarray(probabilities[..., index], np.float32))
        enlarged = np.asarray(small.resize(size[::-1], Image.Resampling.BILINEAR))
        better = enlarged > best
        found[better] = index
        best[better] = enlarged[better]
    return found


def encoded_mask(classes: np.ndarray) -> bytes:
    """Return class indices, uint8 (height, width), as a PNG with a palette: its values are the indices."""
    from PIL import Image

    image = Image.fromarray(classes)
    image.putpalette(colours().tobytes())
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def compared(image: np.ndarray, label: Any, answer: np.ndarray) -> np.ndarray:
    """Return the image under its true mask, and beside it under the predicted one; ignored pixels are uncovered.

    ``image`` is (height, width, 1 or 3), ``label`` uint8 (H, W), ``answer`` (h, w, classes).
    """
    from PIL import Image

    size = image.shape[:2]
    classes = answer.shape[-1]
    truth = np.asarray(Image.fromarray(np.asarray(label, np.uint8)).resize(size[::-1], Image.Resampling.NEAREST))
    found = predicted_mask(answer, size)
    sides = [_covered(image, each, classes) for each in (truth, found)]
    gap = np.full((size[0], max(1, size[1] // 50), 3), 255, np.uint8)
    return np.concatenate([sides[0], gap, sides[1]], axis=1)


def _covered(image: np.ndarray, classes: np.ndarray, count: int) -> np.ndarray:
    pixels = np.asarray(image, np.float32)
    pixels = np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == _GREY else pixels
    shown = ((classes > 0) & (classes < count))[..., np.newaxis]  # the first class, often the background, is uncovered
    mixed = np.where(shown, (1 - _OPACITY) * pixels + _OPACITY * colours()[classes], pixels)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
