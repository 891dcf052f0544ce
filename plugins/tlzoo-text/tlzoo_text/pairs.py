"""Conversion of a raw text, or a pair of texts, to one string."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["CountTokens", "JoinTexts"]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class JoinTexts:
    """Joins a raw input, a string () or several (parts,), to a string (), separated by ``between``."""

    between: str = " "

    def __call__(self, raw: tf.Tensor) -> tf.Tensor:
        """Return the string."""
        import tensorflow as tf

        text = tf.convert_to_tensor(raw, tf.string)
        return text if text.shape.rank == 0 else tf.strings.reduce_join(text, separator=self.between)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CountTokens:
    """Counts the tokens of a raw input before truncation: int32 ().

    ``tokens`` maps strings (batch,) to ragged ids (batch, None).
    """

    join: JoinTexts
    tokens: Callable[[tf.Tensor], tf.RaggedTensor]

    def __call__(self, raw: tf.Tensor) -> tf.Tensor:
        """Return the number."""
        import tensorflow as tf

        return tf.cast(self.tokens(self.join(raw)[tf.newaxis]).row_lengths()[0], tf.int32)
