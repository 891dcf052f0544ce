"""Tokenizer layer: models save it, and its SavedModel only needs TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras

from tlzoo_text.wordpiece.spelling import Spelling

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["BYTES_A_TOKEN", "WordPiece"]

BYTES_A_TOKEN = 64


@final
@keras.saving.register_keras_serializable("tlzoo_text")
class WordPiece(keras.layers.Layer):  # type: ignore[misc]
    """BERT's tokenizer, without special tokens: strings (batch,) to ids int32 (batch, length).

    Texts are truncated to ``length`` tokens and padded with the id of ``[PAD]``; a word that the vocabulary cannot
    spell, or of more than 100 characters, is ``[UNK]``. At most 64 bytes for each of the ``length`` tokens are
    read, so that a long text does not fill the memory.

    Args:
        vocabulary: Tokens, one per line, in the order of their ids, including ``[PAD]`` and ``[UNK]``.
        length: Number of tokens of a text, after truncation or padding.
        lowercase: Whether texts are converted to lowercase, as in BERT's uncased models.
        strip_accents: Whether accents are removed, as in the same models.

    The ids are the same as from the ``tokenizers`` package, except for characters that one of the two does not have in
    its Unicode version, and for special tokens in texts (``[SEP]``), which are plain letters here.

    Source: Devlin et al. 2019, arXiv 1810.04805; longest match first: Wu et al. 2016, arXiv 1609.08144.
    """

    def __init__(
        self, vocabulary: str, length: int, *, lowercase: bool = True, strip_accents: bool = True, **options: Any
    ) -> None:
        super().__init__(**{"name": "wordpiece", "trainable": False, "autocast": False, **options})
        tokens = vocabulary.split("\n")
        self.vocabulary = vocabulary
        self.length = length
        self._normalization = {"lowercase": lowercase, "strip_accents": strip_accents}
        self._padding = tokens.index("[PAD]")
        self._spelling = Spelling(tokens, lowercase=lowercase, strip_accents=strip_accents)

    def call(self, texts: tf.Tensor) -> tf.Tensor:
        """Return ids int32 (batch, length) of strings (batch,)."""
        import tensorflow as tf

        ids = self.tokens(tf.strings.substr(texts, 0, BYTES_A_TOKEN * self.length))
        filled = ids.to_tensor(self._padding, shape=(None, self.length))
        return tf.ensure_shape(filled, (None, self.length))

    def tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Return all ids of whole texts, int32 (batch, None)."""
        import tensorflow as tf

        as_written = tf.autograph.experimental.do_not_convert  # to convert these functions takes half a second
        found: tf.RaggedTensor = as_written(self._spelling.all_of)(texts)
        return found

    def origins(self, text: tf.Tensor) -> tf.Tensor:
        """Return the start and the end of each id of a string (), in characters; -1 for padding: int32 (length, 2)."""
        import tensorflow as tf

        read = tf.strings.substr(text, 0, BYTES_A_TOKEN * self.length)
        as_written = tf.autograph.experimental.do_not_convert
        # Each word has an id at least, so no more words are needed.
        found = as_written(self._spelling.origins)(read, self.length)[: self.length]
        filled = tf.pad(found, [[0, self.length - tf.shape(found)[0]], [0, 0]], constant_values=-1)
        return tf.ensure_shape(filled, (self.length, 2))

    def compute_output_spec(self, texts: keras.KerasTensor) -> keras.KerasTensor:
        """Return the shape, since Keras cannot trace strings."""
        return keras.KerasTensor((*texts.shape, self.length), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, including the vocabulary."""
        return {**super().get_config(), "vocabulary": self.vocabulary, "length": self.length, **self._normalization}
