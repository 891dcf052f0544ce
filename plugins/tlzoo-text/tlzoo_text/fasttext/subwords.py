"""FastText's subwords of a batch of words, in a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlzoo_text.fasttext.hashing import OFFSET, PRIME

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["subwords_of"]

_MOST_BYTES = 4
_BITS = 2**32 - 1
_SIGN = 0xFFFFFF00


def subwords_of(words: tf.Tensor, shortest: int, longest: int, buckets: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the word index, int64 (N,), and the bucket, int32 (N,), of each subword of words (W,) in valid UTF-8.

    The subwords are the same as in ``subword_buckets``, ordered by length.

    Args:
        words: Strings (W,).
        shortest: Characters of the shortest subword.
        longest: Characters of the longest subword.
        buckets: Number of buckets.
    """
    import tensorflow as tf

    letters = tf.strings.unicode_decode(tf.strings.join(["<", words, ">"]), "UTF-8")
    word = letters.value_rowids()
    begins, ends = tf.gather(letters.row_starts(), word), tf.gather(letters.row_limits(), word)
    octets, counts = _octets(tf.cast(letters.flat_values, tf.int64))
    places = tf.range(tf.size(word, tf.int64))
    values = tf.fill(tf.shape(places), tf.constant(OFFSET, tf.int64))
    found_words, found = [], []
    for length in range(1, longest + 1):
        letter = places + (length - 1)
        for number in range(_MOST_BYTES):
            octet = tf.gather(octets[:, number], letter)
            mixed = tf.bitwise.bitwise_and(tf.bitwise.bitwise_xor(values, octet) * PRIME, _BITS)
            values = tf.where(tf.gather(counts, letter) > number, mixed, values)
        taken = tf.fill(tf.shape(places), length >= shortest)
        if length == 1:
            taken &= (places > tf.gather(begins, places)) & (places + 1 < tf.gather(ends, places))
        found_words.append(tf.boolean_mask(tf.gather(word, places), taken))
        found.append(tf.boolean_mask(values, taken) % buckets)
        goes_on = places + length < tf.gather(ends, places)
        places, values = tf.boolean_mask(places, goes_on), tf.boolean_mask(values, goes_on)
    return tf.concat(found_words, 0), tf.cast(tf.concat(found, 0), tf.int32)


def _octets(codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the UTF-8 bytes of code points, sign-extended to 32 bits, int64 (N, 4), and their counts."""
    import tensorflow as tf

    counts = 1 + sum(tf.cast(codes >= least, tf.int64) for least in (0x80, 0x800, 0x10000))
    octets = []
    for number in range(_MOST_BYTES):
        shift = tf.maximum(counts - 1 - number, 0) * 6
        bits = tf.bitwise.right_shift(codes, shift)
        lead = tf.gather(tf.constant([0x00, 0xC0, 0xE0, 0xF0], tf.int64), counts - 1)
        octet = lead + bits if number == 0 else 0x80 + tf.bitwise.bitwise_and(bits, tf.constant(0x3F, tf.int64))
        octets.append(tf.where(octet >= 0x80, octet + _SIGN, octet))  # noqa: PLR2004
    return tf.stack(octets, axis=1), counts
