"""Loader of fastText vectors, for users' entries with their own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.backbones import Backbone, LoadRequest, Preprocessing, Vector, load_digest, stages_by_layers
from tlzoo.errors import EntryError, did_you_mean
from tlzoo.registry import Entry
from tlzoo_text.fasttext.binary import is_binary, read_bin
from tlzoo_text.fasttext.tokens import PADDING, FastTextTokens
from tlzoo_text.fasttext.vectors import WordVectors, read_vec
from tlzoo_text.pairs import CountTokens, JoinTexts
from tlzoo_text.static.embedding import STAGES, mean_of_tokens

__all__ = ["load_fasttext"]

_OPTIONS: Mapping[str, Any] = {"words": 200_000, "lowercase": False, "punctuation": True}


def load_fasttext(entry: Entry, files: Mapping[str, Path], request: LoadRequest) -> Backbone:
    """Return the normalized mean of a text's word vectors as a backbone: strings to float32 (batch, size).

    Needs the file ``vectors``: a ``.vec``, or a ``.bin`` with subwords for unknown words. Options: ``words``, the
    number of most frequent words to read; ``lowercase``, convert texts to lowercase; ``punctuation``, split punctuation
    from words.

    Raises:
        EntryError: For an unknown option or a missing file.
        BytesRefusedError: For a file that is not from fastText.
    """
    options = _options(entry)
    if "vectors" not in files:
        raise EntryError(f"{entry.id}: the file 'vectors' is not on this machine", "set files.vectors.source")
    path = files["vectors"]
    read = read_bin(path, options["words"]) if is_binary(path) else read_vec(path, options["words"])
    length = request.sequence_length or entry.input.sequence_length
    assert length is not None, "set by its registry"
    table = read.vectors if read.subwords is None else np.concatenate([read.vectors, read.subwords.vectors])
    model = mean_of_tokens(*table.shape, padding=PADDING, length=length, seed=request.seed, weighted=True)
    if request.weights == "pretrained":
        model.get_layer("embeddings").load(table, np.zeros(len(table), np.float32))
    tokens, join = _tokens(read, length, options), JoinTexts()
    return Backbone(
        model=model,
        preprocessing=Preprocessing(
            prepare=join,
            normalize=tokens,
            shape=(),
            dtype="string",
            count_tokens=CountTokens(join, lambda texts: tokens.tokens(texts)[0]),
        ),
        stages=stages_by_layers(model, STAGES),
        features=Vector(table.shape[1]),
        digest=load_digest(entry, files, request),
    )


def _tokens(read: WordVectors, length: int, options: Mapping[str, Any]) -> FastTextTokens:
    subwords = read.subwords
    about = {}
    if subwords is not None:
        about = {"buckets": len(subwords.vectors), "shortest": subwords.shortest, "longest": subwords.longest}
    layer = FastTextTokens(
        len(read.words), length, **about, lowercase=options["lowercase"], punctuation=options["punctuation"]
    )
    layer.load(read.words)
    return layer


def _options(entry: Entry) -> dict[str, Any]:
    if unknown := sorted(entry.options.keys() - _OPTIONS.keys()):
        raise EntryError(f"{entry.id}: unknown option {unknown[0]!r} for fastText", did_you_mean(unknown[0], _OPTIONS))
    for name, value in entry.options.items():
        if type(value) is not type(_OPTIONS[name]) or value < 0:
            raise EntryError(
                f"{entry.id}: invalid value options.{name} = {value!r}", f"its default is {_OPTIONS[name]!r}"
            )
    return {**_OPTIONS, **entry.options}
