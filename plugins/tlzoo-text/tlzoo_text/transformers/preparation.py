"""Preparation of a text, or a pair of texts, as a fixed number of tokens for a transformer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import tensorflow as tf

__all__ = ["BYTES_A_WORD", "NOTHING", "PrepareText"]

NOTHING = -1
"""Filler after the last token: it is not in any vocabulary, whereas a text may contain the padding token."""

_MOST_WORDS = 8192
"""Limit of counting."""
BYTES_A_WORD = 200
"""Limit of bytes to read per requested word, so that a text of 10 MB is processed as a short one."""


@dataclass(eq=False)
class PrepareText(tf.Module):  # type: ignore[misc]
    """Splits a text into tokens and adds special tokens: string () or, for a pair, (2,) to int32 (length,).

    A single text is ``start text end``, a pair ``start text between text end``. Long texts are truncated at the end; of
    a pair, the longer text first. ``identity`` identifies vocabulary and normalization. ``origins_of`` returns the
    start and the end of each token of ``tokenize`` in the text, in characters: int32 (tokens, 2).
    """

    length: int
    start: tuple[int, ...]
    between: tuple[int, ...]
    end: tuple[int, ...]
    identity: str
    tokenize: Callable[[tf.Tensor, int], tf.Tensor] = field(repr=False)
    origins_of: Callable[[tf.Tensor, int], tf.Tensor] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Initialize the module, so that exported graphs include its tables."""
        super().__init__(name="prepare_text")

    def __call__(self, raw: tf.Tensor) -> tf.Tensor:
        """Return the tokens, ``NOTHING`` after the last."""
        first, second = self._parts(raw, self.length)
        room = self.length - len(self.start) - len(self.end)
        if second is None:
            parts = [self.start, first[:room], self.end]
        else:
            room -= len(self.between)
            sizes = tf.size(first), tf.size(second)
            most_first = tf.maximum(room - sizes[1], (room + 1) // 2)
            first = first[:most_first]
            parts = [self.start, first, self.between, second[: room - tf.size(first)], self.end]
        tokens = tf.concat([tf.cast(part, tf.int32) for part in parts], axis=0)
        padded = tf.pad(tokens, [[0, self.length - tf.size(tokens)]], constant_values=NOTHING)
        return tf.ensure_shape(padded, (self.length,))

    def origins(self, raw: tf.Tensor) -> tf.Tensor:
        """Return the start and the end of each token of a single text in it, in characters: int32 (length, 2).

        Padding and special tokens have -1. A text of a pair is not placed: all are -1.
        """
        raw = tf.convert_to_tensor(raw)
        room = self.length - len(self.start) - len(self.end)
        if raw.shape.rank or self.origins_of is None:
            return tf.fill([self.length, 2], -1)
        found = self.origins_of(self._readable(raw, self.length), self.length)[:room]
        first = len(self.start)
        rest = self.length - first - tf.shape(found)[0]
        padded = tf.pad(tf.cast(found, tf.int32), [[first, rest], [0, 0]], constant_values=-1)
        return tf.ensure_shape(padded, (self.length, 2))

    def count(self, raw: tf.Tensor) -> tf.Tensor:
        """Return the number of tokens of a raw input, including special ones, before truncation: int32 ()."""
        first, second = self._parts(raw, _MOST_WORDS)
        special = len(self.start) + len(self.end)
        if second is None:
            return tf.size(first) + special
        return tf.size(first) + tf.size(second) + special + len(self.between)

    def tokens(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return the tokens of a text, of very long ones only the start; invalid bytes are replaced."""
        return self.tokenize(self._readable(text, most_words), most_words)

    def _parts(self, raw: tf.Tensor, most_words: int) -> tuple[tf.Tensor, tf.Tensor | None]:
        raw = tf.convert_to_tensor(raw)
        if raw.shape.rank == 0:
            return self.tokens(raw, most_words), None
        raw = tf.ensure_shape(raw, (2,))
        return self.tokens(raw[0], most_words), self.tokens(raw[1], most_words)

    def _readable(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return a text, of very long ones only the start; invalid bytes are replaced."""
        text = tf.strings.substr(text, 0, most_words * BYTES_A_WORD)
        return tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", replace_control_characters=False)
