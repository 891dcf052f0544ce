"""A causal transformer as a network of phases: its parts, and its layers called on packed rows or with a cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training import Network

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.backbones import Backbone

__all__ = ["CausalNetwork"]


class CausalNetwork(Network):
    """A causal transformer whose final normalization is the head.

    All variables have the paths of the backbone, so a published backbone contains the head.

    Args:
        backbone: A transformer of a causal family of KerasHub.
    """

    def __init__(self, backbone: Backbone) -> None:  # the base class builds a new head
        from tlzoo.strategies import Parts

        model = backbone.model
        self._tokens, self._positions = model.get_layer("token_embedding"), model.get_layer("position_embedding")
        self._dropout, self._norm = model.get_layer("embeddings_dropout"), model.get_layer("layer_norm")
        named = {layer.name: layer for layer in model.layers}
        self.blocks: list[Any] = []
        while (name := f"transformer_layer_{len(self.blocks)}") in named:
            self.blocks.append(named[name])
        norm = frozenset(variable.path for variable in self._norm.weights)
        stages = tuple(replace(stage, variables=stage.variables - norm) for stage in backbone.stages)
        self.backbone = replace(backbone, stages=stages)
        self.variables: dict[str, keras.Variable] = {variable.path: variable for variable in model.weights}
        self.parts = Parts(norm, {stage.name: stage.variables for stage in stages})

    def path(self, variable: keras.Variable) -> str:
        """Return its path in ``variables``."""
        return str(variable.path)

    def layers(self) -> list[keras.Layer]:
        """Return all layers with their own variables."""
        every = self.backbone.model._flatten_layers(include_self=False)
        return [each for each in every if [*each._trainable_variables, *each._non_trainable_variables]]

    @property
    def compute_dtype(self) -> str:
        """The dtype of hidden states."""
        return str(self.blocks[0].compute_dtype)

    @property
    def size(self) -> int:
        """The size of a hidden state."""
        return int(self.backbone.model.output_shape[0][-1])

    @property
    def sizes(self) -> dict[str, Any]:
        """The arguments of KerasHub's class for a network of these sizes."""
        block = self.blocks[0]
        return {
            "vocabulary_size": self._tokens.input_dim,
            "num_layers": len(self.blocks),
            "num_heads": block.num_heads,
            "hidden_dim": self.size,
            "intermediate_dim": block.intermediate_dim,
            "dropout": block.dropout,
            "max_sequence_length": self._positions.sequence_length,
        }

    @property
    def adapted(self) -> dict[str, Any]:
        """The layers with low-rank adapters, by path."""
        every = self.backbone.model._flatten_layers(include_self=False)
        found = [each for each in every if getattr(each, "lora_enabled", False)]
        return {each._kernel.path.rpartition("/")[0]: each for each in found}  # noqa: SLF001 - Keras has no public name

    def merged(self) -> dict[str, np.ndarray]:
        """Return all weights by path, with adapters merged into the kernels of their layers."""
        kernels = {f"{path}/kernel": np.asarray(layer.kernel) for path, layer in self.adapted.items()}
        return {path: variable.numpy() for path, variable in self.variables.items()} | kernels

    def embed(self, tokens: tf.Tensor, positions: tf.Tensor, *, training: bool) -> tf.Tensor:
        """Return hidden states (batch, length, size) of tokens at positions (batch, length)."""
        embedded = self._tokens(tokens)
        return self._dropout(embedded + self._positions(embedded, positions=positions), training=training)

    def through(self, hidden: tf.Tensor, segments: tf.Tensor, blocks: Sequence[Any], *, training: bool) -> tf.Tensor:
        """Return the hidden states after some blocks; a token sees the tokens of its segment up to itself."""
        import tensorflow as tf

        same = segments[:, :, tf.newaxis] == segments[:, tf.newaxis, :]
        length = tf.shape(segments)[1]
        before = tf.range(length)[:, tf.newaxis] >= tf.range(length)[tf.newaxis, :]
        mask = same & before[tf.newaxis]
        for block in blocks:
            hidden = block(hidden, decoder_attention_mask=mask, use_causal_mask=False, training=training)
        return hidden

    def logits(self, hidden: tf.Tensor) -> tf.Tensor:
        """Return the logits (…, vocabulary), float32, of hidden states (…, size) after the last block."""
        import tensorflow as tf

        return tf.cast(self._tokens(self._norm(hidden), reverse=True), tf.float32)

    def cache(self, length: int) -> tf.Tensor:
        """Return an empty cache of keys and values for one row: (1, blocks, 2, length, heads, size of a head)."""
        import tensorflow as tf

        heads = self.blocks[0].num_heads
        return tf.zeros((1, len(self.blocks), 2, length, heads, self.size // heads), self.compute_dtype)

    def next_logits(
        self, tokens: tf.Tensor, cache: tf.Tensor, index: tf.Tensor, last: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the logits (1, vocabulary) after the token at ``last``, and the cache with these tokens.

        ``tokens`` (1, length) begin at position ``index`` of the row; ``last`` counts from the first of them.
        """
        import tensorflow as tf

        positions = index + tf.range(tf.shape(tokens)[1])[tf.newaxis]
        hidden = self.embed(tokens, positions, training=False)
        caches = []
        for number, block in enumerate(self.blocks):
            hidden, own = block(
                hidden,
                self_attention_cache=cache[:, number],
                self_attention_cache_update_index=index,
                training=False,
            )
            caches.append(own)
        return self.logits(hidden[:, last]), tf.stack(caches, axis=1)
