"""Words of a text: the units that have tags."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["RULES", "WordRule", "WordTable", "word_table", "words_of"]

WordRule: TypeAlias = Literal["space", "marks"]
"""How a text is divided into words.

``space``: at ASCII white space, as in files whose words were divided before. ``marks``: at all white space and control
characters, and each punctuation mark or symbol is a word by itself.
"""

RULES: tuple[WordRule, ...] = ("space", "marks")

SPACE, LETTER, MARK, JOINED = 0, 1, 2, 3
"""Classes of characters. A joined one, such as an accent or a zero-width joiner, belongs to the character before it."""

_PAGE = 256
_CODES = 0x110000


class WordTable(NamedTuple):
    """The class of each code point in pages of 256: ``pages`` int32 (4352,), ``classes`` uint8 (pages x 256,)."""

    pages: np.ndarray
    classes: np.ndarray

    def of(self, codes: np.ndarray) -> np.ndarray:
        """Return the classes of code points (N,)."""
        found: np.ndarray = self.classes[self.pages[codes // _PAGE] * _PAGE + codes % _PAGE]
        return found

    def in_graph(self, codes: tf.Tensor) -> tf.Tensor:
        """Return the classes of code points (N,) as int32, in TensorFlow operations."""
        import tensorflow as tf

        place = tf.gather(tf.constant(self.pages), codes // _PAGE) * _PAGE + codes % _PAGE
        return tf.cast(tf.gather(tf.constant(self.classes), place), tf.int32)


@cache
def word_table(rule: WordRule) -> WordTable:
    """Return the classes of characters by a rule, in the Unicode version of this Python."""
    kinds: dict[bytes, int] = {}
    pages = np.zeros(_CODES // _PAGE, np.int32)
    for at in range(len(pages)):
        codes = range(at * _PAGE, (at + 1) * _PAGE)
        of = _class_at_marks if rule == "marks" else _class_at_space
        pages[at] = kinds.setdefault(bytes(map(of, codes)), len(kinds))
    return WordTable(pages, np.frombuffer(b"".join(kinds), np.uint8))


def words_of(text: str, rule: WordRule) -> np.ndarray:
    """Return the start and the end of each word of a text, in code points: int64 (words, 2).

    >>> words_of("Ana: hi!", "marks").tolist()
    [[0, 3], [3, 4], [5, 7], [7, 8]]
    """
    codes = np.array([*map(ord, text)], np.int64)
    if not len(codes):
        return np.empty((0, 2), np.int64)
    classes = word_table(rule).of(codes)
    fixed = np.flatnonzero(classes != JOINED)
    place = np.searchsorted(fixed, np.arange(len(codes)), side="right") - 1
    effective = np.where(place >= 0, classes[fixed[np.maximum(place, 0)]] if len(fixed) else SPACE, SPACE)
    effective = np.where((classes == JOINED) & (effective == SPACE), LETTER, effective)
    before = np.concatenate([[SPACE], effective[:-1]])
    begins = (classes == MARK) | ((effective == LETTER) & (classes != JOINED) & (before != LETTER))
    begins |= (classes == JOINED) & (effective == LETTER) & (before == SPACE)
    starts = np.flatnonzero(begins)
    edges = np.flatnonzero(begins | (effective == SPACE))
    following = np.searchsorted(edges, starts, side="right")
    ends = np.concatenate([edges, [len(codes)]])[following]
    return np.stack([starts, ends], axis=1)


def _class_at_space(code: int) -> int:
    return SPACE if code in {9, 10, 11, 12, 13, 32} else LETTER


def _class_at_marks(code: int) -> int:
    category = unicodedata.category(chr(code))
    if category[0] == "Z" or category == "Cc":
        return SPACE
    if category[0] == "M" or category == "Cf":
        return JOINED
    return MARK if category[0] in "PS" else LETTER
