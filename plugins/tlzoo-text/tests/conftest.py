"""Tiny transformers of every family, as folders of files with a registry beside them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tlzoo.plugins import forget
from tlzoo.registry import Entry

SIZES = {
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
    "max_sequence_length": 32,
}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["good", "bad", "film", "was", "the", "very", "plot", "actor", "bird", "##ly", ".", "!", "[", "]"]
WORDPIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *LETTERS, *(f"##{each}" for each in LETTERS)]

FAMILIES: dict[str, dict[str, Any]] = {
    "AlbertBackbone": {"kind": "albert", "embedding_dim": 4, "num_groups": 1, "num_inner_repetitions": 1},
    "BertBackbone": {"kind": "wordpiece"},
    "DebertaV3Backbone": {"kind": "deberta", "bucket_size": 8},
    "DistilBertBackbone": {"kind": "wordpiece"},
    "ElectraBackbone": {"kind": "wordpiece", "embedding_dim": 4},
    "GPT2Backbone": {"kind": "bpe"},
    "RobertaBackbone": {"kind": "bpe"},
    "XLMRobertaBackbone": {"kind": "xlm"},
}
POOLING = {"AlbertBackbone": "pooler", "BertBackbone": "pooler", "GPT2Backbone": "last"}
_PIECES = {
    "albert": {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3, "pad_piece": "<pad>"},
    "deberta": {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]", "unk_piece": "[UNK]"},
    "xlm": {},
}


def byte_pair_files() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return a vocabulary of bytes and a few words, with the merges that make them."""
    from tlzoo_text.transformers.byte_pairs import _letters

    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>", *_letters()]
    merges = []
    for word in ("Ġgood", "Ġbad", "Ġfilm", "Ġthe", "was"):
        for end in range(1, len(word)):
            pair = (word[:end], word[end])
            if pair not in merges:
                merges.append(pair)
                vocabulary.append(word[: end + 1])
    return {piece: position for position, piece in enumerate(dict.fromkeys(vocabulary))}, merges


def sentence_pieces(kind: str) -> bytes:
    """Train a SentencePiece model on a few words."""
    import sentencepiece

    named = {} if kind == "xlm" else {"bos_piece": "[CLS]", "eos_piece": "[SEP]"}
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(WORDS[:9]), LETTERS, " ".join(LETTERS), "the good bird was bad"] * 20),
        model_writer=model,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        **_PIECES[kind],
        **named,
    )
    return model.getvalue()


def write_vocabulary(kind: str, folder: Path) -> tuple[dict[str, str], str, int]:
    """Write a tokenizer's files; return their names by what they are, the tokenizer's kind, the vocabulary's size."""
    if kind == "wordpiece":
        folder.joinpath("vocab.txt").write_text("\n".join(WORDPIECES) + "\n")
        return {"vocabulary": "vocab.txt"}, kind, len(WORDPIECES)
    if kind == "bpe":
        vocabulary, merges = byte_pair_files()
        folder.joinpath("vocab.json").write_text(json.dumps(vocabulary))
        folder.joinpath("merges.txt").write_text(
            "#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n"
        )
        return {"vocabulary": "vocab.json", "merges": "merges.txt"}, kind, len(vocabulary)
    folder.joinpath("spm.model").write_bytes(sentence_pieces(kind))
    return {"vocabulary": "spm.model"}, "sentencepiece", 70


def local_entry(name: str, folder: Path, names: dict[str, str], **fields: Any) -> Entry:
    """Return an entry of the user's own, with the hashes of its files, as its registry would have it."""
    from tlzoo.registry import Features, File, TextInput

    files = {
        key: File(f"file:{folder / file}", f"sha256:{hashlib.sha256((folder / file).read_bytes()).hexdigest()}")
        for key, file in names.items()
    }
    values = {
        "id": f"local/{name}",
        "plugin": "tlzoo",
        "summary": "made for a test",
        "modality": "text",
        "loader": "transformer",
        "files": files,
        "input": TextInput("text", fields.pop("tokenizer"), sequence_length=16, longest=32),
        "features": Features("sequence", (16, 8), pooling=fields.pop("pooling", "first")),
        "licence": "Apache-2.0",
    }
    return Entry(**(values | fields))


@pytest.fixture
def vocabulary_files(tmp_path: Path) -> Callable[[str], dict[str, bytes]]:
    """Return a function from a kind of vocabulary to the files of its tokenizer, by name."""

    def make(kind: str) -> dict[str, bytes]:
        names, _, _ = write_vocabulary(kind, tmp_path)
        return {name: (tmp_path / name).read_bytes() for name in names.values()}

    return make


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Entry]:
    """Return a function from a class of KerasHub to an entry of a tiny network of it, saved as a Keras preset."""
    made: dict[str, Entry] = {}

    def make(name: str) -> Entry:
        if name not in made:
            made[name] = _make(name, tmp_path_factory.mktemp(name))
        return made[name]

    return make


def _make(name: str, folder: Path) -> Entry:
    import keras
    import keras_hub

    own = dict(FAMILIES[name])
    names, tokenizer, size = write_vocabulary(own.pop("kind"), folder)
    keras.utils.set_random_seed(7)
    key = "vocab_size" if name == "ElectraBackbone" else "vocabulary_size"
    network = getattr(keras_hub.models, name)(**SIZES, **own, **{key: size})
    network.save_to_preset(str(folder))
    names |= {"config": "config.json", "weights": "model.weights.h5"}
    options = {"class": name, "tokenizer": {"lowercase": True} if tokenizer == "wordpiece" else {}}
    return local_entry(
        f"{name.removesuffix('Backbone').lower()}.tiny",
        folder,
        names,
        tokenizer=tokenizer,
        pooling=POOLING.get(name, "first"),
        options=options,
    )


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Entry], str]]:
    """Return a function that writes an entry into a registry of the user's own; it returns the entry's id."""
    from tlzoo.registry import Provider, Registry
    from tlzoo.registry.writing import index_text

    def register(entry: Entry) -> str:
        provider = Provider("tlzoo", "tlzoo", ">=0.2,<0.3", ("local",))
        path = tmp_path / "registry.toml"
        path.write_text(index_text(Registry("test", (provider,), (entry,))))
        monkeypatch.setenv("TLZOO_REGISTRY", str(path))
        forget()
        return entry.id

    yield register
    forget()
