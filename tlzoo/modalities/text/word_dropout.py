"""Word dropout (Iyyer et al. 2015, section 3.1): random words of a text are omitted."""

from __future__ import annotations

import numpy as np

from tlzoo.modalities.augmentation.draws import uniforms

__all__ = ["drop_words"]


def drop_words(texts: np.ndarray, base: int, samples: np.ndarray, share: float) -> np.ndarray:
    """Return texts (batch,) or (batch, parts), UTF-8 bytes, each word omitted with this probability.

    Words are separated by white space. A text keeps at least the word with the highest random number; one without words
    is unchanged. ``base`` and ``samples`` (batch,) determine the random numbers.
    """
    flat = texts.reshape(len(texts), -1)
    words = [[text.split() for text in row] for row in flat]
    most = max((sum(map(len, row)) for row in words), default=0)
    draws = uniforms(base, samples, most)
    kept = np.empty(flat.shape, object)
    for number, row in enumerate(words):
        begin = 0
        for part, split in enumerate(row):
            drawn = draws[number, begin : begin + len(split)]
            begin += len(split)
            stays = drawn >= min(share, drawn.max(initial=0.0))
            kept[number, part] = b" ".join(np.array(split, object)[stays]) if split else flat[number, part]
    return kept.reshape(texts.shape)
