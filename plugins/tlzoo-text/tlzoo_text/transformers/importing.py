"""Entries for transformers in repositories of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tlzoo.artifacts import HubConfig, HubRepository
from tlzoo.errors import BytesRefusedError, PluginError
from tlzoo.registry import Entry, Features, TextInput

__all__ = ["IMPORTED", "import_transformer", "require_keras_hub"]

_MOST_SIZE, _MOST_BLOCKS, _MOST_PIECES, _MOST_POSITIONS = 16_384, 256, 2_000_000, 65_536
_USUAL_LENGTH = 128
_WORDPIECE, _BYTE_PAIRS, _PIECES, _XLM_PIECES = "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model"
_KINDS = {_WORDPIECE: "wordpiece", _BYTE_PAIRS: "bpe", _PIECES: "sentencepiece", _XLM_PIECES: "sentencepiece"}
_Pooling = Literal["average", "max", "first", "last", "pooler"]


@dataclass(frozen=True, slots=True)
class _Imported:
    """Properties of a ``model_type``: its class in KerasHub, files, and the names of sizes in ``config.json``.

    ``offset`` is the number of positions that are not used. ``lowercase``: whether texts are in lower case if
    ``tokenizer_config.json`` does not say it; None: they never are.
    """

    name: str
    vocabulary: str
    pooling: _Pooling
    lowercase: bool | None = None
    offset: int = 0
    size: str = "hidden_size"
    blocks: str = "num_hidden_layers"
    inner: str | None = "intermediate_size"
    positions: str = "max_position_embeddings"


IMPORTED: Mapping[str, _Imported] = {
    "albert": _Imported("AlbertBackbone", _PIECES, "pooler", lowercase=True, blocks="num_hidden_groups"),
    "bert": _Imported("BertBackbone", _WORDPIECE, "pooler", lowercase=True),
    "distilbert": _Imported(
        "DistilBertBackbone", _WORDPIECE, "first", lowercase=True, size="dim", blocks="n_layers", inner="hidden_dim"
    ),
    "gpt2": _Imported(
        "GPT2Backbone", _BYTE_PAIRS, "last", size="n_embd", blocks="n_layer", inner=None, positions="n_positions"
    ),
    "roberta": _Imported("RobertaBackbone", _BYTE_PAIRS, "first", offset=2),
    "xlm-roberta": _Imported("XLMRobertaBackbone", _XLM_PIECES, "first", offset=2),
}
"""The ``model_type`` of transformers that KerasHub converts to a class with a loader here."""


def import_transformer(repository: HubRepository) -> Entry:
    """Return an entry for a network of transformers, or of sentence-transformers with its pooling.

    Raises:
        PluginError: If KerasHub is not installed.
        BytesRefusedError: If a value is missing or invalid, or the weights are pickled or of another size.
        EntryError: If a file is missing, or a download fails.
    """
    require_keras_hub(repository)
    config, family = repository.config, IMPORTED[repository.kind]
    longest = config.integer(family.positions, most=_MOST_POSITIONS, least=family.offset + 1) - family.offset
    weights = repository.weights(parameters=_parameters(config, family))
    files = {"config": repository.file("config.json"), "weights": weights}
    files["vocabulary"] = repository.file(family.vocabulary)
    if family.vocabulary == _BYTE_PAIRS:
        files["merges"] = repository.file("merges.txt")
    options = {"class": family.name, "tokenizer": _tokenizer(repository, family)}
    pooling, normalized, length = _sentences(repository, family)
    return Entry(
        id=repository.handle,
        plugin="tlzoo",
        summary=f"{family.name.removesuffix('Backbone')} from {repository.handle}",
        modality="text",
        loader="transformer",
        files=files,
        input=TextInput("text", _KINDS[family.vocabulary], min(length, longest), longest),
        features=Features("sequence", pooling=pooling, normalized=normalized),
        licence="NOASSERTION",
        options={key: value for key, value in options.items() if value},
    )


def _parameters(config: HubConfig, family: _Imported) -> int:
    """Return the number of parameters in embeddings and dense layers, a lower bound for the network."""
    for name in ("num_hidden_layers", "inner_group_num"):  # repeated calls of ALBERT's shared blocks
        if name in config.values:
            config.integer(name, most=_MOST_BLOCKS)
    size, blocks = config.integer(family.size, most=_MOST_SIZE), config.integer(family.blocks, most=_MOST_BLOCKS)
    inner = 4 * size if family.inner is None else config.integer(family.inner, most=_MOST_SIZE)
    embedded = config.integer("embedding_size", most=_MOST_SIZE) if family.name == "AlbertBackbone" else size
    return config.integer("vocab_size", most=_MOST_PIECES) * embedded + blocks * (4 * size**2 + 2 * size * inner)


def _tokenizer(repository: HubRepository, family: _Imported) -> dict[str, bool]:
    """Return the options of the tokenizer."""
    there = "tokenizer_config.json" in repository.files
    said = repository.json("tokenizer_config.json") if there else HubConfig({}, "tokenizer_config.json")
    if family.lowercase is None:
        if family.vocabulary == _BYTE_PAIRS and said.flag("add_prefix_space", default=False):
            raise BytesRefusedError(f"{said.what}: add_prefix_space is not supported", "use another repository")
        return {}
    lowercase = said.flag("do_lower_case", default=family.lowercase)
    options = {"lowercase": lowercase}
    if said.values.get("strip_accents") is not None:
        options["strip_accents"] = said.flag("strip_accents", default=lowercase)
    return options if any(options.values()) else {}


def _sentences(repository: HubRepository, family: _Imported) -> tuple[_Pooling, bool, int]:
    """Return pooling, normalization and length in tokens: those of sentence-transformers, if it has them."""
    pooling, normalized, length = family.pooling, False, _USUAL_LENGTH
    if "1_Pooling/config.json" in repository.files:
        said = repository.json("1_Pooling/config.json")
        modes: Mapping[str, _Pooling] = {"mean_tokens": "average", "cls_token": "first", "max_tokens": "max"}
        chosen = [mode for mode in modes if said.flag(f"pooling_mode_{mode}", default=False)]
        if len(chosen) != 1:
            raise BytesRefusedError(f"{said.what}: its pooling is not supported", f"supported: {', '.join(modes)}")
        pooling = modes[chosen[0]]
        normalized = b"sentence_transformers.models.Normalize" in repository.read("modules.json")
    if "sentence_bert_config.json" in repository.files:
        given = repository.json("sentence_bert_config.json")
        length = given.integer("max_seq_length", most=_MOST_POSITIONS, default=_USUAL_LENGTH)
    return pooling, normalized, length


def require_keras_hub(repository: HubRepository) -> None:
    """Raise PluginError if KerasHub is not installed."""
    from importlib.util import find_spec

    if find_spec("keras_hub") is None:
        raise PluginError(f"{repository.handle} needs KerasHub", "pip install 'tlzoo-text[kerashub]'")
