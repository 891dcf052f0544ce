"""Layer from texts to words and, for unknown words, to subwords, in plain TensorFlow operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras
import numpy as np

from tlzoo_text.fasttext.subwords import subwords_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tensorflow as tf

__all__ = ["PADDING", "FastTextTokens", "numbers_of"]

PADDING = -1
_BYTES_A_TOKEN = 64
_NUMBERS = 2**62


@final
@keras.saving.register_keras_serializable("tlzoo_text")
class FastTextTokens(keras.layers.Layer):  # type: ignore[misc]
    """Strings (batch,) to rows of a table, ``token_ids`` int32 (batch, length), and their ``weights``, float32.

    A known word is one row. An unknown word is the rows of its subwords, after those of the words, which share
    the weight of a word; without subwords it is skipped. Rows are truncated or padded (with -1) to ``length``.

    Words are identified by 62 bits of a hash of their letters; sorted hashes and rows are variables.

    Args:
        words: Number of words.
        length: Number of rows of a text; at most 64 bytes per row are read.
        buckets, shortest, longest: Settings of subwords; 0 buckets without subwords.
        lowercase: Whether texts are converted to lowercase first.
        punctuation: Whether punctuation marks and symbols are separate words, not letters of words.
    """

    def __init__(
        self,
        words: int,
        length: int,
        *,
        buckets: int = 0,
        shortest: int = 3,
        longest: int = 6,
        lowercase: bool = False,
        punctuation: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(**{"name": "fasttext", "trainable": False, "autocast": False, **options})
        self.length = length
        self._settings = {
            "words": words,
            "length": length,
            "buckets": buckets,
            "shortest": shortest,
            "longest": longest,
            "lowercase": lowercase,
            "punctuation": punctuation,
        }
        self._numbers = self.add_weight(
            shape=(words,), dtype="int64", initializer="zeros", trainable=False, name="numbers"
        )
        self._rows = self.add_weight(shape=(words,), dtype="int32", initializer="zeros", trainable=False, name="rows")

    def load(self, words: Sequence[bytes]) -> None:
        """Set the words, in the order of their rows."""
        numbers = numbers_of(words)
        order = np.argsort(numbers, kind="stable")
        self._numbers.assign(numbers[order])
        self._rows.assign(order.astype(np.int32))

    def call(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return ``token_ids`` and ``weights``, (batch, length) each."""
        import tensorflow as tf

        ids, weights = self.tokens(tf.strings.substr(texts, 0, _BYTES_A_TOKEN * self.length))
        shape = (None, self.length)
        return {
            "token_ids": tf.ensure_shape(ids.to_tensor(PADDING, shape=shape), shape),
            "weights": tf.ensure_shape(weights.to_tensor(0.0, shape=shape), shape),
        }

    def tokens(self, texts: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Return all rows, int32 (batch, None), and their weights, of whole texts."""
        import tensorflow as tf

        words = self._words(texts)
        numbers = tf.strings.to_hash_bucket_fast(words.flat_values, _NUMBERS)
        known = tf.convert_to_tensor(self._numbers)
        place = tf.minimum(tf.searchsorted(known, numbers, out_type=tf.int64), self._settings["words"] - 1)
        is_known = tf.gather(known, place) == numbers
        here = tf.where(is_known)[:, 0]
        ids = tf.gather(tf.convert_to_tensor(self._rows), tf.gather(place, here))
        weights = tf.ones_like(ids, tf.float32)
        if self._settings["buckets"]:
            where, buckets, shares = self._of_unknown(words.flat_values, is_known)
            here, ids = tf.concat([here, where], 0), tf.concat([ids, self._settings["words"] + buckets], 0)
            weights = tf.concat([weights, shares], 0)
        order = tf.argsort(here, stable=True)
        rows = tf.gather(words.value_rowids(), tf.gather(here, order))
        count = words.nrows()
        return (
            tf.RaggedTensor.from_value_rowids(tf.gather(ids, order), rows, count, validate=False),
            tf.RaggedTensor.from_value_rowids(tf.gather(weights, order), rows, count, validate=False),
        )

    def _words(self, texts: tf.Tensor) -> tf.RaggedTensor:
        import tensorflow as tf

        texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", replace_control_characters=False)
        if self._settings["lowercase"]:
            texts = tf.strings.lower(texts, encoding="utf-8")
        if self._settings["punctuation"]:
            texts = tf.strings.regex_replace(texts, r"([\p{P}\p{S}])", r" \1 ")
        return tf.strings.split(texts)

    def _of_unknown(self, words: tf.Tensor, is_known: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return the word position, the bucket (int32) and the share of the word for each subword."""
        import tensorflow as tf

        places = tf.where(~is_known)[:, 0]
        settings = self._settings
        word, buckets = subwords_of(
            tf.gather(words, places), settings["shortest"], settings["longest"], settings["buckets"]
        )
        counts = tf.math.unsorted_segment_sum(tf.ones_like(word, tf.float32), word, tf.size(places))
        return tf.gather(places, word), buckets, 1.0 / tf.gather(counts, word)

    def compute_output_spec(self, texts: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """Return the shapes, since Keras cannot trace strings."""
        shape = (*texts.shape, self.length)
        return {
            "token_ids": keras.KerasTensor(shape, dtype="int32"),
            "weights": keras.KerasTensor(shape, dtype="float32"),
        }

    def get_config(self) -> dict[str, Any]:
        """Return the configuration; the words are among its weights."""
        return {**super().get_config(), **self._settings}


def numbers_of(words: Sequence[bytes]) -> np.ndarray:
    """Return the hashes of words, int64 (words,)."""
    import tensorflow as tf

    numbers: np.ndarray = tf.strings.to_hash_bucket_fast(tf.constant(list(words)), _NUMBERS).numpy()
    return numbers
