"""Raw inputs made up for a modality: enough to put through a backbone, without any data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.registry import ImageInput, ObservationInput

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["odd_inputs", "raw_inputs"]

_WORDS = ("a", "small", "grey", "bird", "sang", "over", "the", "old", "harbour", "while", "rain", "fell")
_SIZES = ((1, 1), (1, 40), (7, 5), (33, 64), (301, 199))


def raw_inputs(entry: Entry, count: int, seed: int = 0) -> list[Any]:
    """Return raw inputs as a data adapter would give them: images uint8 (h, w, channels), strings, or observations."""
    generator = np.random.default_rng(seed)
    match entry.input:
        case ImageInput(size=size, channels=channels):
            return [_image(generator, *size, 3 if channels != 1 else 1) for _ in range(count)]
        case ObservationInput():
            return [_observation(generator, entry.input) for _ in range(count)]
    return [" ".join(generator.choice(_WORDS, size=int(generator.integers(3, 30)))) for _ in range(count)]


def odd_inputs(entry: Entry, seed: int = 0) -> list[Any]:
    """Return raw inputs at the edges of what may come: images tiny, long, large, grey and in colour; empty text."""
    generator = np.random.default_rng(seed)
    if isinstance(entry.input, ImageInput):
        return [_image(generator, height, width, channels) for height, width in _SIZES for channels in (1, 3)]
    if isinstance(entry.input, ObservationInput):
        return [np.zeros(entry.input.shape, entry.input.dtype), _observation(generator, entry.input)]
    return ["", " ", "one", "Ünïcödé — 字, עברית, 🙂", "word " * 2000]


def _image(generator: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray[Any, Any]:
    """Return blocks of random colours: noise pixel by pixel would be grey after any resizing."""
    blocks = generator.integers(0, 256, (-(-height // 4), -(-width // 4), channels), dtype=np.uint8)
    return blocks.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]


def _observation(generator: np.random.Generator, contract: ObservationInput) -> np.ndarray[Any, Any]:
    low = -1.0 if contract.low is None else contract.low
    high = 1.0 if contract.high is None else contract.high
    return generator.uniform(low, high, contract.shape).astype(contract.dtype)
