"""Weighted mean of the token vectors of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

__all__ = ["SEQUENCE_STAGES", "STAGES", "MeanOfTokens", "UnitLength", "mean_of_tokens", "vectors_of_tokens"]

_SMALLEST_SQUARE = 1e-24
_ABSENT = -1e4
"""The score of a place without a token; float16 can hold it."""

STAGES: tuple[tuple[str, str], ...] = (("embeddings", "unit"),)
"""Stage names with the name of the last layer of each."""

SEQUENCE_STAGES: tuple[tuple[str, str], ...] = (("embeddings", "sequence"),)
"""Those of ``vectors_of_tokens``."""


@final
@keras.saving.register_keras_serializable("tlzoo_text")
class MeanOfTokens(keras.layers.Layer):  # type: ignore[misc]
    """Ids int32 (batch, length) to the weighted mean of their vectors, float32 (batch, size).

    A token t of a text has the weight exp(s_t) / (exp(s_1) + … + exp(s_n)), where its score s is a variable:
    training changes the importance of words as well as their vectors. Optional weights, float32 (batch, length), are
    multiplied with it. The id ``padding`` is not a token; the mean of a
    text without tokens is zeros. Padding is not looked up.

    Source: the mean is that of Arora et al. 2017 ("A simple but tough-to-beat baseline for sentence embeddings", eq. 3)
    divided by the sum of the weights.

    Args:
        tokens: Number of tokens; the table is (tokens, size).
        size: Length of a vector.
        padding: The id that fills texts up.
        seed: Seed of the initial vectors: normal, with variance 1 / size. The initial scores are zero.
        pooled: Whether the mean is returned. Otherwise each token gives its vector and its score, float32 (batch,
            length, size + 1), zeros for padding; weights are not used.
    """

    def __init__(
        self, tokens: int, size: int, padding: int, seed: int = 0, *, pooled: bool = True, **options: Any
    ) -> None:
        super().__init__(**{"name": "embeddings", **options})
        self.tokens, self.size, self.padding, self.seed, self.pooled = tokens, size, padding, seed, pooled
        normal = keras.initializers.RandomNormal(stddev=size**-0.5, seed=seed)
        self._vectors = keras.layers.Embedding(tokens, size, embeddings_initializer=normal, name="vectors")

    def build(self, _shape: Any) -> None:
        """Create the two variables."""
        self._vectors.build()
        self.scores = self.add_weight(shape=(self.tokens,), initializer="zeros", name="scores")

    def load(self, vectors: np.ndarray, scores: np.ndarray) -> None:
        """Set vectors (tokens, size) and scores (tokens,)."""
        self._vectors.embeddings.assign(vectors)
        self.scores.assign(scores)

    def call(self, ids: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
        """Return (batch, size), or (batch, length, size + 1)."""
        import tensorflow as tf

        there = tf.not_equal(ids, self.padding)
        if not self.pooled:
            return self._of_each(tf.where(there, ids, 0), there)
        # The first place of each text is looked up always: exported files cannot handle a batch without any token.
        places = tf.where(there | (tf.range(tf.shape(ids)[1]) == 0))
        present, rows, texts = tf.gather_nd(there, places), places[:, 0], tf.shape(ids, tf.int64)[0]
        tokens = tf.where(present, tf.gather_nd(ids, places), tf.cast(0, ids.dtype))  # the padding may be -1
        scores = tf.cast(tf.gather(tf.convert_to_tensor(self.scores), tokens), tf.float32)
        scores = tf.where(present, scores, _ABSENT)
        highest = tf.math.unsorted_segment_max(tf.stop_gradient(scores), rows, texts)
        shares = tf.exp(scores - tf.gather(highest, rows)) * tf.cast(present, tf.float32)
        if weights is not None:
            shares *= tf.cast(tf.gather_nd(weights, places), tf.float32)
        sums = tf.math.unsorted_segment_sum(shares, rows, texts)
        shares /= tf.gather(tf.where(sums > 0, sums, tf.ones_like(sums)), rows)
        vectors = tf.cast(tf.gather(tf.convert_to_tensor(self._vectors.embeddings), tokens), tf.float32)
        return tf.ensure_shape(
            tf.math.unsorted_segment_sum(vectors * shares[:, tf.newaxis], rows, texts), (None, self.size)
        )

    def _of_each(self, tokens: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
        """Return vector and score of each token, (batch, length, size + 1)."""
        import tensorflow as tf

        vectors = tf.gather(tf.convert_to_tensor(self._vectors.embeddings), tokens)
        scores = tf.gather(tf.convert_to_tensor(self.scores), tokens)[..., tf.newaxis]
        both = tf.concat([tf.cast(vectors, tf.float32), tf.cast(scores, tf.float32)], axis=-1)
        return both * tf.cast(there, tf.float32)[..., tf.newaxis]

    def compute_output_spec(
        self,
        ids: keras.KerasTensor,
        weights: keras.KerasTensor | None = None,  # noqa: ARG002 - they do not change the shape
    ) -> keras.KerasTensor:
        """Return the shape."""
        shape = (ids.shape[0], self.size) if self.pooled else (*ids.shape, self.size + 1)
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """Return the configuration."""
        arguments = {"tokens": self.tokens, "size": self.size, "padding": self.padding, "seed": self.seed}
        return {**super().get_config(), **arguments, **({} if self.pooled else {"pooled": False})}


@final
@keras.saving.register_keras_serializable("tlzoo_text")
class UnitLength(keras.layers.Layer):  # type: ignore[misc]
    """Scales vectors (batch, size) to length 1; zeros stay zeros.

    It gives the numbers of ``keras.layers.UnitNormalization``, which are NaN for zeros in LiteRT.
    """

    def call(self, vectors: tf.Tensor) -> tf.Tensor:
        """Return (batch, size)."""
        squares = keras.ops.sum(keras.ops.square(vectors), axis=-1, keepdims=True)
        return vectors * keras.ops.rsqrt(keras.ops.maximum(squares, _SMALLEST_SQUARE))


def mean_of_tokens(
    tokens: int, size: int, *, padding: int, length: int, seed: int, weighted: bool = False
) -> keras.Model:
    """Return the backbone's model: ids int32 (batch, length) to vectors of length one, float32 (batch, size).

    The vector of an empty text is zeros.

    Args:
        tokens: Number of tokens in the table.
        size: Length of a vector.
        padding: The id that fills texts up.
        length: Number of ids of a text.
        seed: Seed of the initial vectors.
        weighted: Whether weights, float32 (batch, length), are a second input.

    Returns:
        A model with the layers ``embeddings``, a ``MeanOfTokens``, and ``unit``, which scales vectors to length 1.
    """
    inputs = {"token_ids": keras.Input((length,), dtype="int32", name="token_ids")}
    if weighted:
        inputs["weights"] = keras.Input((length,), dtype="float32", name="weights")
    mean = MeanOfTokens(tokens, size, padding, seed)(*inputs.values())
    unit = UnitLength(dtype="float32", name="unit")(mean)
    return keras.Model(inputs if weighted else inputs["token_ids"], unit, name="mean_of_tokens")


def vectors_of_tokens(tokens: int, size: int, *, padding: int, length: int, seed: int) -> keras.Model:
    """Return the model from ids int32 (batch, length) to vectors with scores (batch, length, size + 1), and the mask.

    It has the variables of ``mean_of_tokens``. The score says how important a token is for a text.
    """
    ids = keras.Input((length,), dtype="int32", name="token_ids")
    each = MeanOfTokens(tokens, size, padding, seed, pooled=False)(ids)
    # Outputs must differ from tensors at a cut: Keras does not support models of the same tensors.
    sequence = keras.layers.Identity(dtype="float32", name="sequence")(each)
    return keras.Model(ids, [sequence, keras.ops.not_equal(ids, padding)], name="vectors_of_tokens")
