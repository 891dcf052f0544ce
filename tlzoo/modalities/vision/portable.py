"""Preparation of images without TensorFlow: decoding, resizing and conversion of channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tlzoo.modalities.vision.image_files.pillow_decoding import decode_without_tensorflow

__all__ = ["image_preparation", "resized"]

_LUMA = np.array([[0.299], [0.587], [0.114]], np.float32)
_MOST = 4096


class _Settings(BaseModel):
    """Settings in the card of an exported file."""

    model_config = ConfigDict(strict=True)

    height: int = Field(ge=1, le=_MOST)
    width: int = Field(ge=1, le=_MOST)
    channels: int = Field(ge=1, le=3)
    background: list[int] | None = Field(min_length=3, max_length=3)
    bits: int = Field(8, ge=8, le=16)


def image_preparation(settings: Mapping[str, Any]) -> Callable[[bytes], np.ndarray]:
    """Return the function from an encoded image to a sample, float32 (height, width, channels), 0 to 255.

    It does what ``PrepareImage`` does in TensorFlow operations. Pixels differ by less than 0.01.

    Raises:
        ValidationError: For other settings.
    """
    found = _Settings.model_validate(settings)
    background = None if found.background is None else (found.background[0], found.background[1], found.background[2])

    def prepare(encoded: bytes) -> np.ndarray:
        pixels = resized(decode_without_tensorflow(encoded, background, found.bits), found.height, found.width)
        sample: np.ndarray = np.clip(pixels @ _LUMA if found.channels == 1 else pixels, 0, 255)
        return sample

    return prepare


def resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return pixels (h, w, 3) as float32 (height, width, 3): bilinear, with antialiasing where the size shrinks.

    Pillow's filter in its mode for floating-point images is that of ``tf.image.resize(antialias=True)``.
    """
    from PIL import Image

    if pixels.shape[:2] == (height, width):
        return pixels.astype(np.float32)
    planes = [Image.fromarray(np.ascontiguousarray(pixels[..., each], np.float32)) for each in range(pixels.shape[2])]
    return np.stack([np.asarray(each.resize((width, height), Image.Resampling.BILINEAR)) for each in planes], axis=-1)
