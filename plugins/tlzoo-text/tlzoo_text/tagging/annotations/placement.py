"""Positions of words in a sequence of tokens, by the origins of the tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .words import JOINED, LETTER, MARK, SPACE, WordRule, word_table

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["first_tokens", "origins_of", "word_offsets"]

_FAR = 2**32
"""More than the length of any text: the offset between texts in one sorted array."""


def origins_of(origins: Callable[[Any], Any], text: str) -> np.ndarray:
    """Return the start and the end of each token in a text, int32 (positions, 2)."""
    found: np.ndarray = _compiled(origins)(text.encode()).numpy()
    return found


def first_tokens(origins: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return the position of the first token of each word, int64 (words,); -1 for a word without a token of its own.

    A token belongs to the first word that it shares a character with. A word has no token of its own if the text is cut
    before it, if the tokenizer removes its characters, or if its only token belongs to the word before it.

    Args:
        origins: Start and end of each token, int (positions, 2); -1 for padding and special tokens.
        words: Start and end of each word, int (words, 2).
    """
    found = np.full(len(words), -1, np.int64)
    if not len(words):
        return found
    of = np.searchsorted(words[:, 1], origins[:, 0], side="right")
    inside = np.minimum(of, len(words) - 1)
    belongs = (origins[:, 0] >= 0) & (of < len(words)) & (words[inside, 0] < origins[:, 1])
    positions = np.flatnonzero(belongs)[::-1]  # the first one of a word is written last
    found[inside[positions]] = positions
    return found


def word_offsets(texts: tf.Tensor, origins: tf.Tensor, rule: WordRule) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the places of words in the first of their tokens, in TensorFlow operations.

    Args:
        texts: Texts, string (N,).
        origins: Start and end of each token, int32 (N, positions, 2).
        rule: Division into words.

    Returns:
        Start and end of the word whose first token is at a position, int32 (N, positions), -1 for other positions; and
        the text from this start to the start of the next such word, string (N, positions).
    """
    import tensorflow as tf

    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", replace_control_characters=False)
    rows, begins, ends = _words_in_graph(texts, rule)
    count, positions = tf.shape(texts)[0], tf.shape(origins)[1]
    far = tf.constant(_FAR, tf.int64)
    row = tf.repeat(tf.range(count), positions)
    flat = tf.reshape(origins, [-1, 2])
    row64, start, end = (tf.cast(each, tf.int64) for each in (row, flat[:, 0], flat[:, 1]))
    # One more word beyond all texts, so that there is always a next one.
    rows = tf.concat([rows, [tf.cast(count, tf.int64)]], 0)
    begins, ends = (tf.concat([each, [tf.constant(0, tf.int64)]], 0) for each in (begins, ends))
    of = tf.searchsorted(rows * far + ends, row64 * far + start, side="right", out_type=tf.int64)
    of = tf.minimum(of, tf.shape(rows, tf.int64)[0] - 1)
    belongs = (start >= 0) & (tf.gather(rows, of) == row64) & (tf.gather(begins, of) < end)
    kept = tf.where(belongs)[:, 0]
    word = tf.gather(of, kept)
    is_first = tf.concat([tf.ones_like(word[:1], tf.bool), word[1:] != word[:-1]], 0)
    kept, word = tf.boolean_mask(kept, is_first), tf.boolean_mask(word, is_first)
    size = tf.shape(flat, tf.int64)[:1]
    shape = tf.shape(origins)[:2]

    def scattered(values: tf.Tensor) -> tf.Tensor:
        found = tf.scatter_nd(kept[:, tf.newaxis], tf.cast(values, tf.int32) + 1, size) - 1
        return tf.reshape(found, shape)

    begin, finish = tf.gather(begins, word), tf.gather(ends, word)
    same_text = tf.gather(row, kept[1:]) == tf.gather(row, kept[:-1])
    reach = tf.concat([tf.where(same_text, begin[1:], finish[:-1]), finish[-1:]], 0)
    pieces = tf.strings.substr(
        tf.gather(texts, tf.gather(row, kept)),
        tf.cast(begin, tf.int32),
        tf.cast(reach - begin, tf.int32),
        unit="UTF8_CHAR",
    )
    strings = tf.tensor_scatter_nd_update(tf.fill(size, ""), kept[:, tf.newaxis], pieces)
    return scattered(begin), scattered(finish), tf.reshape(strings, shape)


def _words_in_graph(texts: tf.Tensor, rule: WordRule) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return text, start and end of the words of texts, int64 (words,) each, as ``words.words_of`` finds them."""
    import tensorflow as tf

    decoded = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    blank = tf.fill([decoded.nrows(), 1], ord(" "))
    spaced = tf.concat([tf.RaggedTensor.from_tensor(blank, row_splits_dtype=tf.int64), decoded], axis=1)
    classes = word_table(rule).in_graph(spaced.flat_values)
    places = tf.range(tf.shape(classes, tf.int64)[0])
    fixed = tf.where(classes != JOINED)[:, 0]  # the first character is a blank, if there is any
    last = tf.searchsorted(fixed, places, side="right", out_type=tf.int64) - 1
    effective = tf.gather(classes, tf.gather(fixed, last))
    joined = classes == JOINED
    effective = tf.where(joined & (effective == SPACE), LETTER, effective)
    before = tf.concat([tf.fill([tf.minimum(tf.size(effective), 1)], SPACE), effective[:-1]], 0)
    begins = (classes == MARK) | ((effective == LETTER) & ~joined & (before != LETTER))
    begins |= joined & (effective == LETTER) & (before == SPACE)
    starts = tf.where(begins)[:, 0]
    edges = tf.concat([tf.where(begins | (effective == SPACE))[:, 0], tf.shape(classes, tf.int64)], 0)
    ends = tf.gather(edges, tf.searchsorted(edges, starts, side="right", out_type=tf.int64))
    rows = tf.gather(spaced.value_rowids(), starts)
    first = tf.gather(spaced.row_starts(), rows) + 1  # without the blank
    return rows, starts - first, ends - first


@lru_cache(8)
def _compiled(origins: Callable[[Any], Any]) -> Any:
    import tensorflow as tf

    return tf.function(origins, input_signature=[tf.TensorSpec((), tf.string)], autograph=False)
