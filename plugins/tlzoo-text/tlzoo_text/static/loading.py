"""Loader of packaged static embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tlzoo.backbones import Backbone, LoadRequest, Preprocessing, Sequence, Vector, load_digest, stages_by_layers
from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import Entry
from tlzoo_text.instructions import token_instructions
from tlzoo_text.pairs import CountTokens, JoinTexts
from tlzoo_text.static.embedding import SEQUENCE_STAGES, STAGES, mean_of_tokens, vectors_of_tokens
from tlzoo_text.static.table import read_table
from tlzoo_text.wordpiece import BYTES_A_TOKEN, WordPiece, read_vocabulary

__all__ = ["load_static"]


def load_static(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the weighted mean of a text's token vectors as a backbone: strings to float32 (batch, size).

    If the request wants tokens, features are the vectors and scores of the tokens, float32 (batch, length, size + 1).
    Needs the files ``vocabulary`` (``vocab.txt``) and ``weights``; with random weights the table has the same size.
    """
    if "vocabulary" not in files:
        raise EntryError(f"{entry.id}: its vocabulary is not on this machine", f"run tlzoo fetch {entry.id}")
    vocabulary = read_vocabulary(files["vocabulary"])
    length = request.sequence_length or entry.input.sequence_length
    assert length is not None, "set by its registry"
    size = int(entry.options["size"])
    make = vectors_of_tokens if request.tokens else mean_of_tokens
    model = make(len(vocabulary), size, padding=vocabulary.index("[PAD]"), length=length, seed=request.seed)
    if request.weights == "pretrained":
        table = read_table(files["weights"])
        if table.vectors.shape != (len(vocabulary), size):
            raise BytesRefusedError(
                f"{entry.id}: its table has shape {table.vectors.shape}, not {(len(vocabulary), size)}",
                "download the files again",
            )
        model.get_layer("embeddings").load(table.vectors, table.scores)
    tokenizer, join = WordPiece("\n".join(vocabulary), length), JoinTexts()
    return Backbone(
        model=model,
        preprocessing=Preprocessing(
            prepare=join,
            normalize=tokenizer,
            shape=(),
            dtype="string",
            count_tokens=CountTokens(join, tokenizer.tokens),
            origins=tokenizer.origins,
            instructions=token_instructions(
                name="token_ids",
                kind="wordpiece",
                length=length,
                padding=vocabulary.index("[PAD]"),
                most_bytes=BYTES_A_TOKEN * length,
            ),
        ),
        stages=stages_by_layers(model, SEQUENCE_STAGES if request.tokens else STAGES),
        features=Sequence(length, size + 1, "average") if request.tokens else Vector(size),
        digest=load_digest(entry, files, request),
    )
