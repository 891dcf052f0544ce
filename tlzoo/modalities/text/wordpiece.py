"""BERT's WordPiece tokenizer in plain Python, for exported files that run without TensorFlow.

A vocabulary and settings give the same token ids as the layers and functions of tlzoo-text, which are TensorFlow
operations. Source: Devlin et al. 2019, arXiv 1810.04805; longest match first: Wu et al. 2016, arXiv 1609.08144.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from tlzoo.modalities.portable import NeedsTensorFlow

__all__ = ["normalized_characters", "wordpiece_preparation"]

_WITHIN, _SPACE, _APART = 1, 2, 3
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
_CHINESE_EDGES = sorted(edge for low, high in _CHINESE for edge in (low, high + 1))
_REPLACEMENT = 0xFFFD
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Controls, formats, private use, surrogates; unassigned characters are not included."""
_LONGEST_WORD = 100
_LONGEST_CHARACTER = 3
"""Bytes of a character in UTF-8 that a cut may leave over."""


class _Settings(BaseModel):
    """Settings in the card of an exported file."""

    model_config = ConfigDict(strict=True)

    length: int = Field(ge=1, le=2**20)
    padding: int
    lowercase: bool
    strip_accents: bool
    start: list[int]
    between: list[int] | None
    end: list[int]
    most_bytes: int = Field(ge=1)


def wordpiece_preparation(settings: Mapping[str, Any], vocabulary: Path) -> Callable[[Any], np.ndarray]:
    """Return the function from a text, or the parts of a pair, in UTF-8, to token ids int32 (length,).

    Args:
        settings: ``length``, ``padding``, ``lowercase``, ``strip_accents``, the ids ``start``, ``between`` and ``end``
            around texts, and ``most_bytes`` of a text that are read. If ``between`` is None, the parts of a pair are
            joined by a blank.
        vocabulary: The file ``vocab.txt``.

    Returns:
        The function; it raises ``NeedsTensorFlow`` for invalid UTF-8.

    Raises:
        ValidationError: For other settings.
        OSError: If the file cannot be read.
        ValueError: If it is not a vocabulary.
    """
    found = _Settings.model_validate(settings)
    lines = vocabulary.read_text("utf-8").removesuffix("\n").split("\n")
    tokens = _Tokens({token: number for number, token in enumerate(lines)}, found)

    def prepare(raw: Any) -> np.ndarray:
        parts = [bytes(part) for part in raw] if isinstance(raw, list | tuple | np.ndarray) else [bytes(raw)]
        ids = tokens.of(b" ".join(parts)) if found.between is None or len(parts) == 1 else tokens.of_pair(*parts)
        return np.array(ids + [found.padding] * (found.length - len(ids)), np.int32)

    return prepare


class _Tokens:
    """Ids of texts with their special tokens, at most ``length``."""

    def __init__(self, ids: Mapping[str, int], settings: _Settings) -> None:
        self._ids, self._settings = ids, settings
        self._unknown = ids["[UNK]"] if "[UNK]" in ids else _refuse()
        self._longest = max(map(len, ids))

    def of(self, text: bytes) -> list[int]:
        """Return the ids of one text."""
        own = self._settings
        room = own.length - len(own.start) - len(own.end)
        return [*own.start, *self._pieces(text)[:room], *own.end]

    def of_pair(self, first: bytes, second: bytes) -> list[int]:
        """Return the ids of a pair; of the longer text, more is cut."""
        own = self._settings
        between = own.between or []
        room = own.length - len(own.start) - len(between) - len(own.end)
        one, other = self._pieces(first), self._pieces(second)
        one = one[: max(room - len(other), (room + 1) // 2)]
        return [*own.start, *one, *between, *other[: room - len(one)], *own.end]

    def _pieces(self, text: bytes) -> list[int]:
        """Return the ids of the pieces of a text, a few more than ``length`` at most."""
        own = self._settings
        pieces: list[int] = []
        for word in _words(_decoded(text[: own.most_bytes]), lowercase=own.lowercase, strip_accents=own.strip_accents):
            pieces += self._spelled(word)
            if len(pieces) >= own.length:
                break
        return pieces

    def _spelled(self, word: str) -> Sequence[int]:
        """Return the longest pieces of a word, from left to right; the unknown id if they do not spell it."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        pieces, at = [], 0
        while at < len(word):
            for end in range(min(len(word), at + self._longest), at, -1):
                # "##" in a word at its start is not a piece within a word
                piece = f"##{word[at:end]}" if at else word[at:end]
                if piece in self._ids and (at or not piece.startswith("##") or piece == "##"):
                    pieces.append(self._ids[piece])
                    at = end
                    break
            else:
                return [self._unknown]
        return pieces


def _refuse() -> int:
    raise ValueError("the vocabulary has no [UNK]")


def _decoded(text: bytes) -> str:
    """Return the characters; the rest of a character that was cut is left out."""
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        if error.end == len(text) and len(text) - error.start <= _LONGEST_CHARACTER:
            return text[: error.start].decode()
        raise NeedsTensorFlow("a text that is not UTF-8") from error


def _words(text: str, *, lowercase: bool, strip_accents: bool) -> Iterator[str]:
    """Yield the words: runs between spaces, each punctuation mark by itself."""
    word: list[str] = []
    for character in text:
        for code, kind in _normalized(ord(character), lowercase, strip_accents):
            if kind != _WITHIN and word:
                yield "".join(word)
                word = []
            if kind == _APART:
                yield chr(code)
            elif kind == _WITHIN:
                word.append(chr(code))
    if word:
        yield "".join(word)


@lru_cache(4096)
def _normalized(code: int, lowercase: bool, strip_accents: bool) -> list[tuple[int, int]]:  # noqa: FBT001 - cached
    return normalized_characters(code, lowercase=lowercase, strip_accents=strip_accents)


def normalized_characters(
    code: int, *, lowercase: bool = True, strip_accents: bool = True, words: bool = True
) -> list[tuple[int, int]]:
    """Return the normalized code points of a code point, as in BERT's tokenizer.

    >>> [(chr(code), kind) for code, kind in normalized_characters(ord("É"))]
    [('e', 1)]

    Args:
        code: The code point.
        lowercase: Whether letters are converted to lowercase.
        strip_accents: Whether accents are removed.
        words: Whether texts are split into words as in BERT. Otherwise all characters except NUL are parts of a word.

    Returns:
        Pairs of a code point and its class, which is 1 for a part of a word, 2 for a space, 3 for a word by itself.
    """
    character = chr(code)
    if words and character in "\t\n\r":
        return [(ord(" "), _SPACE)]
    category = unicodedata.category(character)
    if words and (category in _UNSEEN or code == _REPLACEMENT):
        return []
    if words and category[0] == "Z":
        return [(ord(" "), _SPACE)]
    made = _without_accents(character) if strip_accents else character
    made = "".join(each.lower() for each in made) if lowercase and made != made.lower() else made
    if not words:
        return [(ord(each), _WITHIN) for each in made if code]
    chinese = bisect_right(_CHINESE_EDGES, code) % 2 == 1
    return [(ord(each), _APART if chinese or _is_punctuation(each) else _WITHIN) for each in made]


def _without_accents(character: str) -> str:
    decomposed = unicodedata.normalize("NFD", character)
    return "".join([each for each in decomposed if unicodedata.category(each) != "Mn"])


def _is_punctuation(character: str) -> bool:
    """Return whether BERT splits at it: Unicode punctuation, and all ASCII symbols."""
    code = ord(character)
    ascii_symbol = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126  # noqa: PLR2004
    return ascii_symbol or unicodedata.category(character)[0] == "P"
