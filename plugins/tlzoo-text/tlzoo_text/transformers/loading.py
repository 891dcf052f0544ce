"""Loader of all transformers of KerasHub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from tlzoo.backbones import (
    Backbone,
    LoadRequest,
    Preprocessing,
    Sequence,
    Stage,
    load_digest,
    stages_by_layers,
)
from tlzoo.errors import EntryError
from tlzoo.registry import Entry
from tlzoo_text.instructions import token_instructions

from .conversion import complete_conversion
from .families import FAMILIES, Family
from .presets import open_preset, preset_files

if TYPE_CHECKING:
    import keras

    from .tokenizers import Tokenizer

__all__ = ["load_transformer"]


def load_transformer(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the transformer of the option ``class``: texts or pairs of texts to a sequence of features.

    The sequence has the request's length, or the entry's. The outputs include its mask, and the pooler's vector if the
    entry uses it for pooling. Raises the errors of ``open_preset`` and ``open_tokenizer``, and EntryError for a length
    beyond the network's positions.
    """
    from .tokenizers import open_tokenizer

    preset = open_preset(entry, files, request, FAMILIES)
    family = FAMILIES[str(entry.options["class"])]
    length = request.sequence_length or entry.input.sequence_length
    assert length is not None, "set by its registry"
    most = preset.network.get_config()["max_sequence_length"]
    if length > most:
        raise EntryError(f"{entry.id} has only {most} positions, not {length}", f"request at most {most} tokens")
    pretrained = request.weights == "pretrained"
    tokenizer = open_tokenizer(entry, preset_files(entry, files), family, needed=pretrained)
    complete_conversion(entry, preset, preset_files(entry, files))
    pooler = entry.features.pooling == "pooler"
    if pooler and not family.pooler:
        raise EntryError(f"{entry.id}: {entry.options['class']} has no pooler", "declare another pooling")
    model = _of_length(preset.network, length, entry.architecture, family, pooler=pooler)
    return Backbone(
        model=model,
        preprocessing=_preprocessing(entry, tokenizer, family, length),
        stages=_stages(model, family, pooler=pooler),
        features=Sequence(length, model.output_shape[0][-1], _pooling(entry), entry.features.normalized),
        digest=load_digest(entry, files, request),
    )


def _pooling(entry: Entry) -> Literal["average", "max", "first", "last", "pooler"]:
    valid = ("average", "max", "first", "last", "pooler")
    if entry.features.pooling not in valid:
        raise EntryError(f"{entry.id}: features.pooling is {entry.features.pooling!r}", f"valid: {', '.join(valid)}")
    return cast("Literal['average', 'max', 'first', 'last', 'pooler']", entry.features.pooling)


def _of_length(network: keras.Model, length: int, name: str, family: Family, *, pooler: bool) -> keras.Model:
    """Return the network for sequences of one length, with its weights: inputs by name to tokens, mask and pooled."""
    import keras

    from .relative_embedding import mended

    inputs = {key: keras.Input((length,), dtype=each.dtype, name=key) for key, each in network.input.items()}
    clone = keras.models.clone_model(network, input_tensors=inputs, clone_function=mended)
    outputs = clone.output if isinstance(clone.output, dict) else {"sequence_output": clone.output}
    if family.shared:
        outputs = _through_one_block(clone, family)
    pooled = [outputs["pooled_output"]] if pooler else []
    # Outputs must differ from inputs and from tensors at a cut: Keras does not support models of the same tensors.
    sequence = keras.layers.Identity(name="sequence")(outputs["sequence_output"])
    mask = keras.ops.cast(clone.input["padding_mask"], "bool")
    return keras.Model(clone.input, [sequence, mask, *pooled], name=name)


def _through_one_block(model: keras.Model, family: Family) -> dict[str, keras.KerasTensor]:
    """Return the outputs of a network with one shared block layer, with its calls in a nested model.

    Keras cannot cut a graph in which a layer is called twice; the nested model is called once.
    """
    import keras

    layer = model.get_layer(family.blocks.format(0))
    below = model.get_layer(family.embeddings[0])._inbound_nodes[-1].output_tensors[0]
    mask = model.input["padding_mask"]
    inner, inner_mask = (
        keras.Input(below.shape[1:], name="hidden"),
        keras.Input(mask.shape[1:], dtype=mask.dtype, name="mask"),
    )
    hidden = inner
    for _ in range(_calls(model, layer)):
        hidden = layer(hidden, padding_mask=inner_mask)
    sequence = keras.Model([inner, inner_mask], hidden, name="blocks")([below, mask])
    return {"sequence_output": sequence, "pooled_output": model.get_layer("pooled_dense")(sequence[:, 0, :])}


def _calls(model: keras.Model, layer: keras.Layer) -> int:
    """Return the number of calls of a layer in a model."""
    own = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}
    return sum(id(node) in own for node in layer._inbound_nodes)


def _stages(model: keras.Model, family: Family, *, pooler: bool) -> tuple[Stage, ...]:
    """Return embeddings, blocks and the optional pooler. A norm after the blocks is part of the last one."""
    layers = [each.name for each in model.layers]
    embeddings = next(name for name in family.embeddings if name in layers)
    count = sum(name.startswith(family.blocks.split("{}", maxsplit=1)[0]) for name in layers)
    blocks = [(f"block{n + 1}", family.blocks.format(n)) for n in range(count)] or [("blocks", "blocks")]
    if family.norm is not None:
        blocks[-1] = (blocks[-1][0], family.norm)
    top = [("pooler", "pooled_dense")] if pooler else []
    return stages_by_layers(model, [("embeddings", embeddings), *blocks, *top])


def _preprocessing(entry: Entry, tokenizer: Tokenizer, family: Family, length: int) -> Preprocessing:
    from .preparation import BYTES_A_WORD, NOTHING, PrepareText

    options = entry.options.get("tokenizer", {})
    lowercase = bool(options.get("lowercase", False))
    prepare = PrepareText(
        length,
        tokenizer.start,
        tokenizer.between,
        tokenizer.end,
        tokenizer.identity,
        tokenizer.tokenize,
        tokenizer.origins,
    )
    return Preprocessing(
        prepare=prepare,
        normalize=_inputs_of_tokens(tokenizer, family, length),
        shape=(length,),
        dtype="int32",
        count_tokens=prepare.count,
        origins=prepare.origins,
        instructions=token_instructions(
            name="samples",
            kind=entry.input.tokenizer,
            length=length,
            padding=NOTHING,
            lowercase=lowercase,
            strip_accents=bool(options.get("strip_accents", lowercase)),
            start=tokenizer.start,
            end=tokenizer.end,
            between=tokenizer.between,
            most_bytes=BYTES_A_WORD * length,
        ),
    )


def _inputs_of_tokens(tokenizer: Tokenizer, family: Family, length: int) -> keras.Model:
    """Return the model from tokens (batch, length) int32, -1 after the last, to the network's inputs, by name.

    Tokens after the first end token belong to the second text, as in BERT.
    """
    import keras
    from keras import ops

    tokens = keras.Input((length,), dtype="int32", name="tokens")
    there = ops.greater_equal(tokens, 0)
    ready: dict[str, Any] = {
        "token_ids": ops.where(there, tokens, tokenizer.padding),
        "padding_mask": ops.cast(there, "int32"),
    }
    if family.segments:
        ends = ops.cast(ops.equal(tokens, tokenizer.end[0]), "int32")
        ready["segment_ids"] = ops.cast(there, "int32") * ops.minimum(ops.cumsum(ends, axis=1) - ends, 1)
    return keras.Model(tokens, ready, name="inputs_of_tokens")
