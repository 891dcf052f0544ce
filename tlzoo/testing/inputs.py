"""Raw inputs made up for an entry: enough to put through a backbone, without any data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from tlzoo.registry import Entry

__all__ = ["odd_inputs", "raw_inputs"]


def raw_inputs(entry: Entry, count: int, seed: int = 0) -> list[Any]:
    """Return raw inputs as a data adapter would give them: such as images uint8 (h, w, channels), or strings."""
    return require_modality(entry.modality).made_up_inputs(entry.input, np.random.default_rng(seed), count)


def odd_inputs(entry: Entry, seed: int = 0) -> list[Any]:
    """Return raw inputs at the edges of what may come: images tiny, long, large, grey and in colour; empty text."""
    return require_modality(entry.modality).odd_inputs(entry.input, np.random.default_rng(seed))
