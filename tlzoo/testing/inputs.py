"""Synthetic raw inputs for an entry, without a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["odd_inputs", "raw_inputs"]


def raw_inputs(entry: Entry, count: int, seed: int = 0) -> list[Any]:
    """Return raw inputs in the form of a data adapter, such as images uint8 (h, w, channels), or strings."""
    return require_modality(entry.modality).made_up_inputs(entry.input, np.random.default_rng(seed), count)


def odd_inputs(entry: Entry, seed: int = 0) -> list[Any]:
    """Return raw inputs in edge cases: tiny, long, large, grey and colour images; empty text."""
    return require_modality(entry.modality).odd_inputs(entry.input, np.random.default_rng(seed))
