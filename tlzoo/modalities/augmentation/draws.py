"""Random numbers per sample, independent of the batch."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["uniforms"]

Words: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]"

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_BITS = 2**64


def uniforms(base: int, samples: np.ndarray, count: int) -> np.ndarray:
    """Return float32 (len(samples), count) in [0, 1). Row i depends only on ``base`` and ``samples[i]``.

    The generator is SplitMix64 (Steele, Lea and Flood 2014, figure 13): it hashes a counter, so no state has to
    be stored, and the first columns do not depend on ``count``.
    """
    keys = _mixed(np.asarray(samples).astype(np.uint64) * _GOLDEN + np.uint64(base % _BITS))
    counters = np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN
    bits = _mixed(keys[:, np.newaxis] + counters)
    drawn: np.ndarray = (bits >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)
    return drawn


def _mixed(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
