"""WordPiece functions from strings to the pieces of a vocabulary, in TensorFlow operations only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from tlzoo_text.wordpiece.characters import characters
from tlzoo_text.wordpiece.cleaning import clean, first_words
from tlzoo_text.wordpiece.splitting import LongestPieces, split, split_with_origins
from tlzoo_text.wordpiece.vocabulary import pieces_of

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["UNKNOWN", "Spelling"]

UNKNOWN = "[UNK]"


@final
class Spelling:
    """Maps texts to the positions of their pieces in a vocabulary, without special tokens.

    ``vocabulary`` includes ``[UNK]``; pieces within a word start with ``##``. Capitals and accents are kept
    unless ``lowercase`` or ``strip_accents`` is true.

    Source: Devlin et al. 2019, arXiv 1810.04805; longest match first: Wu et al. 2016, arXiv 1609.08144.
    """

    def __init__(self, vocabulary: Sequence[str], *, lowercase: bool, strip_accents: bool) -> None:
        self._unknown = vocabulary.index(UNKNOWN)
        self._pieces = LongestPieces(pieces_of(vocabulary))
        self._characters = characters(lowercase=lowercase, strip_accents=strip_accents)

    def all_of(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Return all pieces of strings (batch,): int32 (batch, None)."""
        return split(clean(texts, self._characters), self._pieces, self._unknown)

    def of_one(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return the pieces of the first ``most_words`` words of a string (): int32 (pieces,)."""
        import tensorflow as tf

        words = first_words(clean(text[tf.newaxis], self._characters), most_words)
        return split(words, self._pieces, self._unknown).values

    def origins(self, text: tf.Tensor, most_words: int) -> tf.Tensor:
        """Return the start and the end of each piece of ``of_one`` in the text, in characters: int32 (pieces, 2)."""
        import tensorflow as tf

        words = first_words(clean(text[tf.newaxis], self._characters), most_words)
        return tf.cast(split_with_origins(words, self._pieces, self._unknown)[1], tf.int32)
