"""Normalization of strings for BERT, and positions of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo_text.wordpiece.characters import ABSENT, APART, MOST_MADE, PAGE, SPACE, WITHIN, Characters

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Words", "clean", "first_words", "rewritten", "rewritten_with_sources"]


@dataclass(frozen=True, slots=True)
class Words:
    """The characters of all words of a batch, one after the other, with N characters in W words in ``texts`` texts.

    ``codes`` int64 (N,); ``word`` int64 (N,) is each character's word; ``begins`` int64 (W + 1,) is the start of each
    word, and N; ``text`` int64 (W,) is each word's text. ``source`` int64 (N,) is the position of the character in its
    text that each one was made from.
    """

    codes: tf.Tensor
    word: tf.Tensor
    begins: tf.Tensor
    text: tf.Tensor
    texts: tf.Tensor
    source: tf.Tensor


def clean(texts: tf.Tensor, table: Characters) -> Words:
    """Normalize strings (batch,) and find their words: runs between spaces, each punctuation mark by itself.

    Invalid UTF-8 is skipped.
    """
    import tensorflow as tf

    decoded = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    made, classes, of = _looked_up(decoded.flat_values, table)
    text = tf.gather(decoded.value_rowids(), of)
    source = of - tf.gather(decoded.row_starts(), text)
    goes_on = (classes[1:] == WITHIN) & (classes[:-1] == WITHIN) & (text[1:] == text[:-1])
    first = tf.ones_like(classes[:1], tf.bool)
    begins = tf.concat([first, ~goes_on], 0) & (classes != SPACE)
    letters = (classes == WITHIN) | (classes == APART)
    begins, made, text, source = (tf.boolean_mask(each, letters) for each in (begins, made, text, source))
    starts = tf.where(begins)[:, 0]
    return Words(
        codes=tf.cast(made, tf.int64),
        word=tf.cumsum(tf.cast(begins, tf.int64)) - 1,
        begins=tf.concat([starts, tf.shape(made, tf.int64)], 0),
        text=tf.gather(text, starts),
        texts=decoded.nrows(),
        source=source,
    )


def first_words(words: Words, most: int) -> Words:
    """Return the first ``most`` words of a batch of one text."""
    import tensorflow as tf

    begins = words.begins[: most + 1]
    end = begins[-1]
    text = words.text[: tf.size(begins) - 1]
    return Words(words.codes[:end], words.word[:end], begins, text, words.texts, words.source[:end])


def rewritten(text: tf.Tensor, table: Characters) -> tf.Tensor:
    """Return a string () with its characters replaced by those of the table, including spaces."""
    return rewritten_with_sources(text, table)[0]


def rewritten_with_sources(text: tf.Tensor, table: Characters) -> tuple[tf.Tensor, tf.Tensor]:
    """Return such a string (), and the position in the text that each of its characters was made from, int64 (N,)."""
    import tensorflow as tf

    made, _, of = _looked_up(tf.strings.unicode_decode(text, "UTF-8", errors="replace"), table)
    return tf.strings.unicode_encode(made, "UTF-8"), of


def _looked_up(codes: tf.Tensor, table: Characters) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the normalized characters of (N,), int32 (M,), with their classes and source positions, (M,)."""
    import tensorflow as tf

    place = tf.gather(tf.constant(table.pages), codes // PAGE) * PAGE + codes % PAGE
    classes = tf.reshape(tf.gather(tf.constant(table.classes), place), [-1])
    made = tf.reshape(codes[:, tf.newaxis] + tf.gather(tf.constant(table.differences), place), [-1])
    present = tf.where(tf.not_equal(classes, ABSENT))[:, 0]
    return tf.gather(made, present), tf.gather(classes, present), present // MOST_MADE
