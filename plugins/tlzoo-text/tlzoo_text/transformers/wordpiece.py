"""WordPiece: the longest pieces of a word that are in the vocabulary, from left to right.

After Wu et al. 2016 (arXiv 1609.08144), in the form of Devlin et al. 2019 (arXiv 1810.04805), in operations of
TensorFlow alone, so that what is exported needs nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from .characters import Characters

__all__ = ["WordPiece"]

_LONGEST_WORD = 100
"""Characters: the published tokenizers take a longer word for unknown."""


class WordPiece(tf.Module):  # type: ignore[misc]
    """Takes a text to the positions of its pieces in a vocabulary."""

    def __init__(self, vocabulary: Sequence[str], *, lowercase: bool, strip_accents: bool, unknown: str) -> None:
        """Take the pieces in order; those that go on within a word begin with ``##``."""
        super().__init__(name="wordpiece")
        self._characters = Characters(lowercase=lowercase, strip_accents=strip_accents, split=True)
        pieces = tf.lookup.KeyValueTensorInitializer(
            tf.constant(list(vocabulary)), tf.range(len(vocabulary), dtype=tf.int32)
        )
        self._pieces = tf.lookup.StaticHashTable(pieces, default_value=-1)
        self._unknown = vocabulary.index(unknown)
        self._longest = max(len(piece.removeprefix("##")) for piece in vocabulary)

    def __call__(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return the pieces of the first ``most_words`` words of a string scalar: int32 (pieces,)."""
        words = tf.strings.split(self._characters(text))[:most_words]
        whole = self._pieces.lookup(words)
        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        whole = tf.where((whole < 0) & (lengths > _LONGEST_WORD), self._unknown, whole)
        apart = tf.where(whole < 0)[:, 0]
        pieces = self._pieces_of(tf.gather(words, apart), tf.gather(lengths, apart))
        found = tf.concat([whole[:, tf.newaxis], tf.fill([tf.size(whole), tf.shape(pieces)[1] - 1], -1)], axis=1)
        found = tf.tensor_scatter_nd_update(found, apart[:, tf.newaxis], pieces)
        return tf.boolean_mask(found, found >= 0)

    def _pieces_of(self, words: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        """Return the pieces of words, int32 (words, at least 1) -1 after the last; one without is unknown."""
        sizes = tf.range(self._longest, 0, -1)

        def goes_on(begin: tf.Tensor, _found: tf.Tensor) -> tf.Tensor:
            return tf.reduce_any(begin < lengths)

        def next_piece(begin: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            there = tf.minimum(begin, tf.maximum(lengths - 1, 0))[:, tf.newaxis] + tf.zeros_like(sizes)
            many = tf.repeat(words[:, tf.newaxis], self._longest, axis=1)
            parts = tf.strings.substr(many, there, tf.zeros_like(there) + sizes, unit="UTF8_CHAR")
            marks = tf.where(there > 0, "##", "")
            parts = tf.strings.join([marks, parts])
            fits = begin[:, tf.newaxis] + sizes <= lengths[:, tf.newaxis]
            ids = tf.where(fits, self._pieces.lookup(parts), -1)
            first = tf.argmax(ids >= 0, axis=1, output_type=tf.int32)
            piece = tf.gather(ids, first, batch_dims=1)
            open_ = begin < lengths
            lost = open_ & (piece < 0)
            step = tf.where(open_ & ~lost, self._longest - first, 0)
            begin = tf.where(lost, lengths, begin + step)
            earlier = tf.where(lost[:, tf.newaxis], -1, found)
            piece = tf.where(lost, self._unknown, tf.where(open_, piece, -1))
            return begin, tf.concat([earlier, piece[:, tf.newaxis]], axis=1)

        none = tf.zeros_like(lengths)
        _, found = tf.while_loop(
            goes_on,
            next_piece,
            (none, tf.fill([tf.size(lengths), 1], -1)),
            shape_invariants=(none.shape, tf.TensorShape([None, None])),
        )
        return found
