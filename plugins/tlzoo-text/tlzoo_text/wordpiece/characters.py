"""Lookup table of normalized characters for a graph.

Characters are cleaned, separated if they are Chinese or punctuation, decomposed (NFD) without their accents
(category Mn) and converted to lowercase, as in Google's ``BasicTokenizer`` (Devlin et al. 2019, arXiv 1810.04805). Each
step is optional. The result does not depend on neighbouring characters: it is always the same one, two or three
characters.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from tlzoo.modalities import normalized_characters

__all__ = ["ABSENT", "APART", "MOST_MADE", "PAGE", "SPACE", "WITHIN", "Characters", "characters"]

ABSENT, WITHIN, SPACE, APART = 0, 1, 2, 3
"""Classes of ``normalized_characters``: none, part of a word, between words, a word by itself."""

MOST_MADE = 3
"""Most characters from one: a Hangul syllable has three letters."""

PAGE = 256
_CODES = 0x110000
_ALIKE, _TAGS = 0x40000, 0xE0000
"""From the first code point on, all characters of a page are equal (unassigned or private), except in the second."""


class Characters(NamedTuple):
    """The table in pages, since most of them are equal.

    ``pages`` int32 (4352,) has the page of each block of 256 code points; ``differences`` and ``classes`` int32
    (pages x 256, 3) have the differences from a code point to each of its normalized characters, and their
    classes.
    """

    pages: np.ndarray
    differences: np.ndarray
    classes: np.ndarray


@cache
def characters(*, lowercase: bool = True, strip_accents: bool = True, words: bool = True) -> Characters:
    """Return the table, for the Unicode version of this Python; ``words`` as in ``normalized_characters``."""
    kinds: dict[bytes, int] = {}
    pages = []
    for begin in range(0, _CODES, PAGE):
        page = np.zeros((2, PAGE, MOST_MADE), np.int32)
        page[1, :, 0] = WITHIN  # most characters stay as they are
        last = begin + (1 if begin >= _ALIKE and begin != _TAGS else PAGE)
        for code in range(begin, last):
            found = normalized_characters(code, lowercase=lowercase, strip_accents=strip_accents, words=words)
            if found == [(code, WITHIN)]:
                continue
            page[1, code - begin, 0] = ABSENT
            for position, (made, kind) in enumerate(found):
                page[:, code - begin, position] = made - code, kind
        page[:, last - begin :] = page[:, last - begin - 1 : last - begin]
        pages.append(kinds.setdefault(page.tobytes(), len(kinds)))
    table = np.stack([np.frombuffer(each, np.int32).reshape(2, PAGE, MOST_MADE) for each in kinds])
    return Characters(np.array(pages, np.int32), table[:, 0].reshape(-1, MOST_MADE), table[:, 1].reshape(-1, MOST_MADE))
