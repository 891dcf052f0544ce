"""SentencePiece (Kudo and Richardson 2018, arXiv 1808.06226) with tensorflow-text.

An exported graph needs the operations of tensorflow-text.
"""

from __future__ import annotations

import tensorflow as tf

from tlzoo_text.wordpiece.characters import characters
from tlzoo_text.wordpiece.cleaning import rewritten, rewritten_with_sources

__all__ = ["SentencePieces"]

_SHIFTED = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}


class SentencePieces(tf.Module):  # type: ignore[misc]
    """Maps a text to the positions of its pieces in a SentencePiece model.

    ``shifted`` selects the numbering of XLM-R: four special tokens come first, so the model's positions increase by
    one, and the unknown piece, 0, is 3.
    """

    def __init__(self, model: bytes, *, lowercase: bool, strip_accents: bool, shifted: bool) -> None:
        """Set the bytes of a model file; raise ValueError for other files."""
        import tensorflow_text

        super().__init__(name="sentence_pieces")
        self._characters = None
        if lowercase or strip_accents:
            self._characters = characters(lowercase=lowercase, strip_accents=strip_accents, words=False)
        self._shifted = shifted
        try:
            self._model = tensorflow_text.SentencepieceTokenizer(model, out_type=tf.int32)
            self._model.vocab_size()  # parses the model
        except tf.errors.OpError as error:
            raise ValueError(str(error)) from error

    def position(self, piece: str) -> int | None:
        """Return the position of a piece, None if it is unknown."""
        if self._shifted:
            return _SHIFTED.get(piece)
        found = int(self._model.string_to_id(piece))
        same = self._model.id_to_string(found).numpy().decode() == piece
        return found if same else None

    def __call__(self, text: tf.Tensor, _most_words: int) -> tf.Tensor:
        """Return the pieces of a string scalar: int32 (pieces,)."""
        pieces = self._model.tokenize(rewritten(text, self._characters) if self._characters else text)
        return tf.where(pieces == 0, 3, pieces + 1) if self._shifted else pieces

    def origins(self, text: tf.Tensor, _most_words: int) -> tf.Tensor:
        """Return the start and the end of each piece in the text, in characters: int32 (pieces, 2)."""
        sources = None
        if self._characters:
            text, sources = rewritten_with_sources(text, self._characters)
        _, starts, ends = self._model.tokenize_with_offsets(text)
        is_first = tf.bitwise.bitwise_and(tf.io.decode_raw(text, tf.uint8), 0xC0) != 0x80  # noqa: PLR2004 - of UTF-8
        begun = tf.concat([[0], tf.cumsum(tf.cast(is_first, tf.int32))], 0)
        starts, ends = tf.gather(begun, starts), tf.gather(begun, ends)
        if sources is not None:
            sources = tf.concat([tf.cast(sources, tf.int32), [0]], 0)  # of no character, for pieces without one
            is_empty = starts >= ends
            starts, ends = tf.gather(sources, starts), tf.gather(sources, tf.maximum(ends - 1, 0)) + 1
            ends = tf.where(is_empty, starts, ends)
        return tf.stack([starts, ends], axis=1)
