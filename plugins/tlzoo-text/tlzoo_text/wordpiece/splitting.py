"""Longest-match-first splitting of words into pieces (Wu et al. 2016, arXiv 1609.08144)."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from tlzoo_text.wordpiece.vocabulary import BEGINNING, CONTINUATION, FACTOR, Pieces

if TYPE_CHECKING:
    import tensorflow as tf

    from tlzoo_text.wordpiece.cleaning import Words

__all__ = ["LongestPieces", "split", "split_with_origins"]

_LONGEST_WORD = 100


def split(words: Words, pieces: LongestPieces, unknown: int) -> tf.RaggedTensor:
    """Return the ids of the pieces of all words, int32 (texts, None).

    Args:
        words: The words of a batch of texts.
        pieces: Finds the longest piece at each character.
        unknown: The id of each word that the pieces cannot spell, or of more than 100 characters.
    """
    return split_with_origins(words, pieces, unknown)[0]


def split_with_origins(words: Words, pieces: LongestPieces, unknown: int) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Return the ids as ``split`` does, and the origin of each of the P pieces of all texts, int64 (P, 2).

    An origin is the start and the end of the characters of a text that a piece was made from.
    """
    import tensorflow as tf

    lengths, ids = pieces.at(words)
    reached, is_spelt = _follow(words, lengths)
    is_spelt &= words.begins[1:] - words.begins[:-1] <= _LONGEST_WORD
    first = (
        tf.scatter_nd(words.begins[:-1, tf.newaxis], tf.ones_like(words.text, tf.int32), tf.shape(ids, tf.int64)) > 0
    )
    known = tf.gather(is_spelt, words.word)
    kept = tf.where((reached & known) | (first & ~known))[:, 0]
    values = tf.where(tf.gather(known, kept), tf.gather(ids, kept), unknown)
    word = tf.gather(words.word, kept)
    rows = tf.gather(words.text, word)
    following = tf.concat([kept[1:], tf.shape(ids, tf.int64)], 0)[: tf.size(kept)]
    last = tf.minimum(following, tf.gather(words.begins, word + 1)) - 1
    origins = tf.stack([tf.gather(words.source, kept), tf.gather(words.source, last) + 1], axis=1)
    return tf.RaggedTensor.from_value_rowids(values, rows, words.texts, validate=False), origins


def _follow(words: Words, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Match pieces in all words at once; return starts of pieces, bool (N,), and whether words are spelled, (W,)."""
    import tensorflow as tf

    size = tf.shape(lengths, tf.int64)
    ends = words.begins[1:]

    def step(reached: tf.Tensor, is_spelt: tf.Tensor, word: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, ...]:
        reached = tf.tensor_scatter_nd_update(reached, place[:, tf.newaxis], tf.ones_like(place, tf.bool))
        length = tf.gather(lengths, place)
        stuck = tf.boolean_mask(word, length == 0)
        is_spelt = tf.tensor_scatter_nd_update(is_spelt, stuck[:, tf.newaxis], tf.zeros_like(stuck, tf.bool))
        after = place + length
        goes_on = (length > 0) & (after < tf.gather(ends, word))
        return reached, is_spelt, tf.boolean_mask(word, goes_on), tf.boolean_mask(after, goes_on)

    start = (
        tf.zeros(size, tf.bool),
        tf.ones_like(words.text, tf.bool),
        tf.range(tf.shape(words.text, tf.int64)[0]),
        words.begins[:-1],
    )
    shapes = (tf.TensorShape([None]),) * len(start)
    reached, is_spelt, _, _ = tf.while_loop(
        lambda _reached, _spelt, word, _place: tf.size(word) > 0, step, start, shape_invariants=shapes
    )
    return reached, is_spelt


@final
class LongestPieces:
    """Finds the longest piece at every character of a batch, by the hashes in ``Pieces``.

    A wrong match needs a collision of 64-bit hashes, which is very unlikely in texts.
    """

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    def at(self, words: Words) -> tuple[tf.Tensor, tf.Tensor]:
        """Return length in characters, int64 (N,), 0 if there is none, and id, int32 (N,)."""
        import tensorflow as tf

        size = tf.shape(words.codes, tf.int64)
        places = tf.range(size[0])
        begins, ends = tf.gather(words.begins, words.word), tf.gather(words.begins, words.word + 1)
        numbers = tf.where(places == begins, tf.constant(BEGINNING, tf.int64), tf.constant(CONTINUATION, tf.int64))
        state = (tf.constant(0, tf.int64), places, numbers, tf.zeros(size, tf.int64), tf.zeros(size, tf.int32))

        def longer(
            length: tf.Tensor, places: tf.Tensor, numbers: tf.Tensor, lengths: tf.Tensor, ids: tf.Tensor
        ) -> tuple[tf.Tensor, ...]:
            numbers = numbers * FACTOR + tf.gather(words.codes, places + length)
            length += 1
            found, their_ids = self._found(numbers)
            where = tf.boolean_mask(places, found)[:, tf.newaxis]
            lengths = tf.tensor_scatter_nd_update(lengths, where, tf.fill(tf.shape(where)[:1], length))
            ids = tf.tensor_scatter_nd_update(ids, where, tf.boolean_mask(their_ids, found))
            goes_on = places + length < tf.gather(ends, places)
            return length, tf.boolean_mask(places, goes_on), tf.boolean_mask(numbers, goes_on), lengths, ids

        _, _, _, lengths, ids = tf.while_loop(
            lambda length, places, *_: (length < self._pieces.longest) & (tf.size(places) > 0),
            longer,
            state,
            shape_invariants=(tf.TensorShape([]), *(tf.TensorShape([None]),) * 4),
        )
        return lengths, ids

    def _found(self, numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        import tensorflow as tf

        known = tf.constant(self._pieces.numbers)
        place = tf.minimum(tf.searchsorted(known, numbers, out_type=tf.int64), len(self._pieces.numbers) - 1)
        return tf.gather(known, place) == numbers, tf.gather(tf.constant(self._pieces.ids), place)
