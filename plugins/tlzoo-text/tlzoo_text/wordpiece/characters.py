"""Lookup table of normalized characters for a graph.

Characters are cleaned, separated if they are Chinese or punctuation, decomposed (NFD) without their accents
(category Mn) and converted to lowercase, as in Google's ``BasicTokenizer`` (Devlin et al. 2019, arXiv 1810.04805). Each
step is optional. The result does not depend on neighbouring characters: it is always the same one, two or three
characters.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np

__all__ = ["ABSENT", "APART", "MOST_MADE", "PAGE", "SPACE", "WITHIN", "Characters", "characters", "normalized"]

ABSENT, WITHIN, SPACE, APART = 0, 1, 2, 3
"""Classes of normalized characters: none, part of a word, between words, a word by itself."""

MOST_MADE = 3
"""Most characters from one: a Hangul syllable has three letters."""

PAGE = 256
_CODES = 0x110000
_ALIKE, _TAGS = 0x40000, 0xE0000
"""From the first code point on, all characters of a page are equal (unassigned or private), except in the second."""

_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_REPLACEMENT = 0xFFFD
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Controls, formats, private use, surrogates; unassigned characters are not included."""


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
    """Return the table, for the Unicode version of this Python; ``words`` as in ``normalized``."""
    kinds: dict[bytes, int] = {}
    pages = []
    for begin in range(0, _CODES, PAGE):
        page = np.zeros((2, PAGE, MOST_MADE), np.int32)
        last = begin + (1 if begin >= _ALIKE and begin != _TAGS else PAGE)
        for code in range(begin, last):
            for position, (made, kind) in enumerate(
                normalized(code, lowercase=lowercase, strip_accents=strip_accents, words=words)
            ):
                page[:, code - begin, position] = made - code, kind
        page[:, last - begin :] = page[:, last - begin - 1 : last - begin]
        pages.append(kinds.setdefault(page.tobytes(), len(kinds)))
    table = np.stack([np.frombuffer(each, np.int32).reshape(2, PAGE, MOST_MADE) for each in kinds])
    return Characters(np.array(pages, np.int32), table[:, 0].reshape(-1, MOST_MADE), table[:, 1].reshape(-1, MOST_MADE))


def normalized(
    code: int, *, lowercase: bool = True, strip_accents: bool = True, words: bool = True
) -> list[tuple[int, int]]:
    """Return the normalized code points of a code point, each with its class.

    Args:
        code: The code point.
        lowercase: Whether letters are converted to lowercase.
        strip_accents: Whether accents are removed.
        words: Whether texts are split into words as in BERT. Otherwise all characters except NUL are parts of a word.
    """
    character = chr(code)
    made = _without_accents(character) if strip_accents else character
    made = "".join(each.lower() for each in made) if lowercase else made
    if not words:
        return [(ord(each), WITHIN) for each in made if code]
    if character in "\t\n\r":
        return [(ord(" "), SPACE)]
    category = unicodedata.category(character)
    if category in _UNSEEN or code == _REPLACEMENT:
        return []
    if category[0] == "Z":
        return [(ord(" "), SPACE)]
    chinese = any(low <= code <= high for low, high in _CHINESE)
    return [(ord(each), APART if chinese or _is_punctuation(each) else WITHIN) for each in made]


def _without_accents(character: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", character) if unicodedata.category(each) != "Mn")


def _is_punctuation(character: str) -> bool:
    """Return whether BERT splits at it: Unicode punctuation, and all ASCII symbols."""
    code = ord(character)
    ascii_symbol = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126  # noqa: PLR2004
    return ascii_symbol or unicodedata.category(character)[0] == "P"
