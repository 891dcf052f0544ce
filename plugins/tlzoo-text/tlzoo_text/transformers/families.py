"""Families of transformers: names of their layers, inputs, and special tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FAMILIES", "Family"]


@dataclass(frozen=True, slots=True)
class Family:
    """Properties of all sizes of an architecture.

    ``blocks`` is the name of a block's layer with a placeholder for its number; if all blocks share one layer, there is
    one block. ``embeddings`` is the last layer below the blocks, the first of these that a network has; ``norm``
    comes after the last block. Special tokens are pieces
    of the vocabulary. ``segments``: an input has the text of a pair for each token. ``pooler``: the network has
    layers from the first token to a vector. ``causal``: each token attends to those before it only, so the network can
    continue a text.
    """

    embeddings: tuple[str, ...]
    blocks: str
    start: tuple[str, ...]
    between: tuple[str, ...]
    end: tuple[str, ...]
    padding: str | None
    segments: bool = False
    pooler: bool = False
    shared: bool = False
    shifted: bool = False
    norm: str | None = None
    causal: bool = False


_EMBEDDINGS = ("embeddings_dropout",)
_BERT_TOKENS = (("[CLS]",), ("[SEP]",), ("[SEP]",), "[PAD]")
_ROBERTA_TOKENS = (("<s>",), ("</s>", "</s>"), ("</s>",), "<pad>")
_END_OF_TEXT = "<|endoftext|>"

FAMILIES: Mapping[str, Family] = {
    "AlbertBackbone": Family(
        ("embedding_projection",),
        "group_{}_inner_layer_0",
        ("[CLS]",),
        ("[SEP]",),
        ("[SEP]",),
        "<pad>",
        segments=True,
        pooler=True,
        shared=True,
    ),
    "BertBackbone": Family(_EMBEDDINGS, "transformer_layer_{}", *_BERT_TOKENS, segments=True, pooler=True),
    "DebertaV3Backbone": Family(("rel_embedding",), "disentangled_attention_encoder_layer_{}", *_BERT_TOKENS),
    "DistilBertBackbone": Family(_EMBEDDINGS, "transformer_layer_{}", *_BERT_TOKENS),
    "ElectraBackbone": Family(
        ("embeddings_projection", *_EMBEDDINGS), "transformer_layer_{}", *_BERT_TOKENS, segments=True
    ),
    "GPT2Backbone": Family(
        _EMBEDDINGS,
        "transformer_layer_{}",
        (),
        (_END_OF_TEXT,),
        (_END_OF_TEXT,),
        None,
        norm="layer_norm",
        causal=True,
    ),
    "RobertaBackbone": Family(_EMBEDDINGS, "transformer_layer_{}", *_ROBERTA_TOKENS),
    "XLMRobertaBackbone": Family(_EMBEDDINGS, "transformer_layer_{}", *_ROBERTA_TOKENS, shifted=True),
}
"""Families by class name in ``keras_hub.models``."""
