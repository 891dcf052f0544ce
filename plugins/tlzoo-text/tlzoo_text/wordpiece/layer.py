"""The tokenizer as a layer: it is saved with a model, and a SavedModel of it needs nothing but TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras

from tlzoo_text.wordpiece.spelling import Spelling

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["WordPiece"]

_BYTES_A_TOKEN = 64


@final
@keras.saving.register_keras_serializable("tlzoo_text")
class WordPiece(keras.layers.Layer):  # type: ignore[misc]
    """BERT's tokenizer, without special tokens: strings (batch,) to ids int32 (batch, length).

    Texts are cut to ``length`` tokens and filled up with the id of ``[PAD]``; a word that the vocabulary cannot spell,
    or of more than 100 characters, is ``[UNK]``. Of a text no more than 64 bytes for each of the ``length`` tokens are
    read, so that a long one does not take the memory of a batch.

    Args:
        vocabulary: Tokens, one a line, in the order of their ids; ``[PAD]`` and ``[UNK]`` among them.
        length: Tokens that a text is cut or filled up to.
        lowercase: Whether capitals are lowered, as in BERT's uncased models.
        strip_accents: Whether accents go, as in those.

    The same ids as the ``tokenizers`` package gives, but for characters that were added to Unicode later than to one of
    the two, and for texts in which a special token stands in letters (``[SEP]``), which here are letters.

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

        ids = self.tokens(tf.strings.substr(texts, 0, _BYTES_A_TOKEN * self.length))
        filled = ids.to_tensor(self._padding, shape=(None, self.length))
        return tf.ensure_shape(filled, (None, self.length))

    def tokens(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Return all ids there are, int32 (batch, None), of whole texts."""
        return self._spelling.all_of(texts)

    def compute_output_spec(self, texts: keras.KerasTensor) -> keras.KerasTensor:
        """Return the shape: Keras cannot trace strings."""
        return keras.KerasTensor((*texts.shape, self.length), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        """Return the configuration, including the vocabulary."""
        return {**super().get_config(), "vocabulary": self.vocabulary, "length": self.length, **self._normalization}
