"""From strings to the characters that BERT sees, and where its words are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo_text.wordpiece.characters import ABSENT, APART, MOST_MADE, PAGE, SPACE, WITHIN, characters

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Words", "clean"]


@dataclass(frozen=True, slots=True)
class Words:
    """The characters of all words of a batch, one after the other, with N characters in W words in ``texts`` texts.

    ``codes`` int64 (N,); ``word`` int64 (N,) is each character's word; ``begins`` int64 (W + 1,) is where each word
    begins, and N; ``text`` int64 (W,) is each word's text.
    """

    codes: tf.Tensor
    word: tf.Tensor
    begins: tf.Tensor
    text: tf.Tensor
    texts: tf.Tensor


def clean(texts: tf.Tensor) -> Words:
    """Normalize strings (batch,) and find their words: runs between spaces, each punctuation mark by itself.

    What is no UTF-8 is left out.
    """
    import tensorflow as tf

    table = characters()
    decoded = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    codes = decoded.flat_values
    place = tf.gather(tf.constant(table.pages), codes // PAGE) * PAGE + codes % PAGE
    classes = tf.reshape(tf.gather(tf.constant(table.classes), place), [-1])
    made = tf.reshape(codes[:, tf.newaxis] + tf.gather(tf.constant(table.differences), place), [-1])
    text = tf.repeat(decoded.value_rowids(), MOST_MADE)
    present = tf.not_equal(classes, ABSENT)
    classes, made, text = (tf.boolean_mask(each, present) for each in (classes, made, text))
    goes_on = (classes[1:] == WITHIN) & (classes[:-1] == WITHIN) & (text[1:] == text[:-1])
    first = tf.ones_like(classes[:1], tf.bool)
    begins = tf.concat([first, ~goes_on], 0) & (classes != SPACE)
    letters = (classes == WITHIN) | (classes == APART)
    begins, made, text = (tf.boolean_mask(each, letters) for each in (begins, made, text))
    starts = tf.where(begins)[:, 0]
    return Words(
        codes=tf.cast(made, tf.int64),
        word=tf.cumsum(tf.cast(begins, tf.int64)) - 1,
        begins=tf.concat([starts, tf.shape(made, tf.int64)], 0),
        text=tf.gather(text, starts),
        texts=decoded.nrows(),
    )
