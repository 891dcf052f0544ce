"""Byte-level byte-pair encoding of GPT-2 and RoBERTa.

After Sennrich et al. 2016 (arXiv 1508.07909) and Radford et al. 2019, section 2.2, in TensorFlow operations only:
exported models need no other package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

__all__ = ["BytePairs"]

_LONGEST_WORD = 500
"""Longest word in characters: longer ones are split, since the cost grows with the square of the length."""

_WHITE = "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"
_MARK = "\x1e"
"""A control character as a separator of words."""
_LAST_WHITE = rf"([{_WHITE}]+)([{_WHITE}][^{_WHITE}])"
"""White space before a word, except its last character, which belongs to the word if it is a space."""
_WORD = (
    r"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+"
    rf"| ?[^{_WHITE}\p{{L}}\p{{N}}{_MARK}]+|[{_WHITE}]+)"
)
_TOO_LONG = f"([^{_MARK}]{{{_LONGEST_WORD}}})"


class BytePairs(tf.Module):  # type: ignore[misc]
    """Maps a text to the positions of its pieces in a vocabulary."""

    def __init__(self, vocabulary: Mapping[str, int], merges: Sequence[tuple[str, str]]) -> None:
        """Set the vocabulary with positions, and the merges in order; bytes are encoded as letters.

        Raises:
            ValueError: If the vocabulary lacks a byte, or a part or the result of a merge.
        """
        super().__init__(name="byte_pairs")
        self._words = _table(
            tf.constant([_bytes_of(piece) for piece in vocabulary]), tf.constant(list(vocabulary.values()), tf.int64)
        )
        letters = _letters()
        missing = [letter for letter in letters if letter not in vocabulary]
        missing += [piece for pair in merges for piece in (*pair, "".join(pair)) if piece not in vocabulary]
        if missing:
            raise ValueError(f"the vocabulary lacks {missing[0]!r}")
        single = tf.constant([vocabulary[letter] for letter in letters], tf.int64)
        self._bytes = _table(tf.constant([bytes([byte]) for byte in range(256)]), single)
        self._size = max(vocabulary.values()) + 1
        made = [*letters, *("".join(pair) for pair in merges)]
        known = {vocabulary[piece]: bytes(_BYTE_OF[letter] for letter in piece) for piece in made}
        self._known = known.get  # a dictionary would be tracked, and its numbers as keys refused by a SavedModel
        pairs = [vocabulary[left] * self._size + vocabulary[right] for left, right in merges]
        self._ranks = _table(tf.constant(pairs or [-1], tf.int64), tf.range(len(pairs) or 1, dtype=tf.int64))
        self._merged = tf.constant([vocabulary[left + right] for left, right in merges] or [0], tf.int64)
        self._unmerged = len(merges)
        lengths = np.zeros(self._size, np.int64)
        lengths[list(vocabulary.values())] = [len(piece) for piece in vocabulary]  # a letter is a byte
        self._lengths = tf.constant(lengths)

    def __call__(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return the pieces of the first ``most_words`` words of a string scalar: int32 (pieces,)."""
        words = self._split(text)[:most_words]
        whole = self._words.lookup(words)
        apart = tf.where(whole < 0)[:, 0]
        pieces = self._pieces_of(tf.gather(words, apart))
        found = tf.concat([whole[:, tf.newaxis], tf.fill([tf.size(whole), tf.shape(pieces)[1] - 1], tf.int64.min)], 1)
        found = tf.tensor_scatter_nd_update(found, apart[:, tf.newaxis], pieces)
        return tf.cast(tf.boolean_mask(found, found >= 0), tf.int32)

    def origins(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return the start and the end of each of these pieces in the text, in characters: int32 (pieces, 2).

        The pieces of a text are all its bytes. A piece with a part of a character counts as the whole of it.
        """
        ends = tf.cumsum(tf.gather(self._lengths, self(text, most_words)))
        starts = tf.concat([[tf.constant(0, tf.int64)], ends[:-1]], 0)[: tf.size(ends)]
        is_first = tf.bitwise.bitwise_and(tf.io.decode_raw(text, tf.uint8), 0xC0) != 0x80  # noqa: PLR2004 - of UTF-8
        begun = tf.concat([[0], tf.cumsum(tf.cast(is_first, tf.int32))], 0)
        return tf.stack([tf.gather(begun, starts + 1) - 1, tf.gather(begun, ends)], axis=1)

    def bytes_of(self, piece: int) -> bytes:
        """Return the bytes of a piece by its position; none for special tokens and unused positions."""
        return self._known(piece, b"")

    def _split(self, text: tf.Tensor) -> tf.Tensor:
        """Return the words of a text, white space included."""
        text = tf.strings.regex_replace(text, _MARK, " ")
        text = tf.strings.regex_replace(text, _LAST_WHITE, rf"\1{_MARK}\2")
        text = tf.strings.regex_replace(text, _WORD, rf"\1{_MARK}")
        longest = tf.reduce_max(tf.concat([tf.strings.length(tf.strings.split(text, _MARK)), [0]], 0))
        text = tf.cond(
            longest > _LONGEST_WORD, lambda: tf.strings.regex_replace(text, _TOO_LONG, rf"\1{_MARK}"), lambda: text
        )
        words = tf.strings.split(text, _MARK)
        return tf.boolean_mask(words, words != "")

    def _pieces_of(self, words: tf.Tensor) -> tf.Tensor:
        """Return the pieces of words, int64 (words, at least 1) with a negative number after the last.

        The pair with the lowest rank is merged at its first position, until no pair is left.
        """
        nothing = tf.int64.min
        pieces = tf.strings.bytes_split(words)
        pieces = pieces.with_flat_values(self._bytes.lookup(pieces.flat_values)).to_tensor(nothing)
        pieces = tf.pad(pieces, [[0, 0], [0, 1]], constant_values=nothing)

        def ranks_of(pieces: tf.Tensor) -> tf.Tensor:
            left, right = pieces[:, :-1], pieces[:, 1:]
            known = (left >= 0) & (right >= 0)
            ranks = self._ranks.lookup(tf.where(known, left * self._size + right, -2))
            return tf.where(ranks >= 0, ranks, self._unmerged)

        def goes_on(_pieces: tf.Tensor, ranks: tf.Tensor) -> tf.Tensor:
            return tf.reduce_any(ranks < self._unmerged)

        def merge(pieces: tf.Tensor, ranks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            where = tf.argmin(ranks, axis=1)
            rank = tf.gather(ranks, where, batch_dims=1)
            made = tf.gather(self._merged, tf.minimum(rank, self._unmerged - 1))[:, tf.newaxis]
            where = tf.where(rank < self._unmerged, where, tf.shape(pieces, tf.int64)[1])[:, tf.newaxis]
            places = tf.range(tf.shape(pieces, tf.int64)[1])[tf.newaxis]
            moved = tf.pad(pieces[:, 1:], [[0, 0], [0, 1]], constant_values=nothing)
            pieces = tf.where(places < where, pieces, tf.where(places == where, made, moved))
            # finished rows do not change: their position is beyond the end, so all their places are below it
            return pieces, ranks_of(pieces)

        loose = (tf.TensorShape([None, None]), tf.TensorShape([None, None]))
        pieces, _ = tf.while_loop(goes_on, merge, (pieces, ranks_of(pieces)), shape_invariants=loose)
        return pieces


def _table(keys: tf.Tensor, values: tf.Tensor) -> tf.lookup.StaticHashTable:
    return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), default_value=-1)


def _letters() -> list[str]:
    """Return the letters for the 256 bytes in published vocabularies."""
    seen = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    unseen = [byte for byte in range(256) if byte not in seen]
    letters = {byte: chr(byte) for byte in seen} | {byte: chr(256 + n) for n, byte in enumerate(unseen)}
    return [letters[byte] for byte in range(256)]


_BYTE_OF = {letter: byte for byte, letter in enumerate(_letters())}


def _bytes_of(piece: str) -> bytes:
    """Return the bytes of a piece; one with other letters is a special token, which does not match text."""
    if all(letter in _BYTE_OF for letter in piece) and not piece.startswith(("<", "[")):
        return bytes(np.array([_BYTE_OF[letter] for letter in piece], np.uint8))
    return b"\x1e" + piece.encode()
