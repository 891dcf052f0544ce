"""Suitability of augmentation: characters, drawings and scans are mirrored or recoloured only on request."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

import numpy as np

from tlzoo.modalities.augmentation.options import Augmentation
from tlzoo.modalities.vision.augmentation.options import ImageAugmentation

if TYPE_CHECKING:
    from tlzoo.data.contract import Dataset

__all__ = ["Colouring", "colouring", "suited"]

Colouring = Literal["colour", "few colours", "grey"]

_LOOKED_AT = 64
_MOST = 0.9
_TOLERANCE = 8
_MOST_GREY = 0.99
_COVERED = 0.95
_FEW = 16
_LEFT_OUT = {
    "grey": ("flip", "flip_vertical", "rotate", "saturation", "hue", "randaugment"),
    "few colours": ("flip", "flip_vertical", "rotate", "saturation", "hue", "randaugment"),
}


def suited(options: Augmentation, asked: Collection[str], data: Dataset) -> tuple[Augmentation | None, tuple[str, ...]]:
    """Return the augmentation without operations unsuitable for the data (or None), and notes on the removed ones.

    In grey images and those with few colours (characters, X-rays, symbols, maps), orientation or
    colour often determine the class, and pixels do not tell whether they do. Therefore flips, rotation, hue,
    saturation and RandAugment are removed, except those that are ``asked`` for by name.
    """
    kind = colouring(data)
    if kind == "colour":
        return options, ()
    out = [name for name in _LEFT_OUT[kind] if getattr(options, name) and name not in asked]
    if not out:
        return options, ()
    left = ImageAugmentation(**{**options.model_dump(), **dict.fromkeys(out, 0)})
    what = "are grey" if kind == "grey" else "have few colours"
    note = (
        f"images {what}: augmentation leaves out {', '.join(out)}, which may change the class; "
        f"`-A {out[0]}=true` enables one"
    )
    return (left if left.active else None), (note,)


def colouring(data: Dataset) -> Colouring:
    """Return the kind of most of 64 training images: grey, few colours (95 % of the pixels in 16), or colour."""
    chosen = data.train[np.linspace(0, len(data.train) - 1, min(_LOOKED_AT, len(data.train))).astype(np.int64)]
    pictures = [picture.numpy() for picture in data.examples.stream(chosen)]
    if np.mean([_is_grey(picture) for picture in pictures]) >= _MOST:
        return "grey"
    return "few colours" if np.mean([_has_few_colours(picture) for picture in pictures]) >= _MOST else "colour"


def _is_grey(picture: np.ndarray) -> bool:
    spread = picture.max(axis=-1).astype(int) - picture.min(axis=-1)
    return bool((spread <= _TOLERANCE).mean() >= _MOST_GREY)


def _has_few_colours(picture: np.ndarray) -> bool:
    coarse = (picture // _TOLERANCE).astype(np.int64) @ (32 ** np.arange(picture.shape[-1]))
    _, counts = np.unique(coarse, return_counts=True)
    return bool(np.sort(counts)[::-1][:_FEW].sum() >= _COVERED * coarse.size)
