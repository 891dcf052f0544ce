"""Entries for text presets of KerasHub, in repositories of Hugging Face and on Kaggle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from tlzoo.errors import BytesRefusedError
from tlzoo.registry import Entry, Features, TextInput

from .families import FAMILIES
from .importing import require_keras_hub

if TYPE_CHECKING:
    from tlzoo.artifacts import HubRepository
    from tlzoo.registry import File

__all__ = ["PRESETS", "import_preset"]

PRESETS = tuple(f"keras/{name}" for name in FAMILIES)
"""Formats of repositories: the class in ``config.json``."""

_FOLDER = "assets/tokenizer"
_FILES: Mapping[str, Mapping[str, str]] = {
    "bpe": {"vocabulary": f"{_FOLDER}/vocabulary.json", "merges": f"{_FOLDER}/merges.txt"},
    "sentencepiece": {"vocabulary": f"{_FOLDER}/vocabulary.spm"},
    "wordpiece": {"vocabulary": f"{_FOLDER}/vocabulary.txt"},
}
"""Files of each kind of tokenizer, by role."""

_KINDS: Mapping[str, str] = {
    "AlbertBackbone": "sentencepiece",
    "DebertaV3Backbone": "sentencepiece",
    "GPT2Backbone": "bpe",
    "RobertaBackbone": "bpe",
    "XLMRobertaBackbone": "sentencepiece",
}
"""Kinds of tokenizers by class; that of all others is ``wordpiece``."""

_NOT_SIZES = ("dtype", "name", "trainable")
_MOST_BLOCKS, _MOST_POSITIONS, _USUAL_LENGTH = 256, 65_536, 128
_Pooling = Literal["first", "last", "pooler"]


def import_preset(repository: HubRepository) -> Entry:
    """Return an entry for a preset: its sizes are in ``config.json``, its tokenizer in ``tokenizer.json``.

    Raises:
        PluginError: If KerasHub is not installed.
        BytesRefusedError: If a value is missing or invalid.
        EntryError: If a file is missing, or a download fails.
    """
    require_keras_hub(repository)
    name, sizes = repository.config.text("class_name"), repository.config.table("config")
    sizes.check_sizes(without=_NOT_SIZES)
    for each in ("num_layers", "num_groups", "num_inner_repetitions"):
        if each in sizes.values:
            sizes.integer(each, most=_MOST_BLOCKS)
    longest = sizes.integer("max_sequence_length", most=_MOST_POSITIONS)
    kind = _KINDS.get(name, "wordpiece")
    files: dict[str, File] = {
        "config": repository.file("config.json"),
        "weights": repository.weights("model.weights.h5"),
        **{role: repository.file(path) for role, path in _FILES[kind].items()},
    }
    options = {"class": name, "tokenizer": _tokenizer(repository, name, kind)}
    return Entry(
        id=repository.handle,
        plugin="tlzoo",
        summary=f"{name.removesuffix('Backbone')} from {repository.handle}",
        modality="text",
        loader="transformer",
        files=files,
        input=TextInput("text", kind, min(_USUAL_LENGTH, longest), longest),
        features=Features("sequence", pooling=_pooling(name)),
        licence="NOASSERTION",
        options={key: value for key, value in options.items() if value},
    )


def _pooling(name: str) -> _Pooling:
    if FAMILIES[name].pooler:
        return "pooler"
    return "last" if name == "GPT2Backbone" else "first"


def _tokenizer(repository: HubRepository, name: str, kind: str) -> dict[str, bool]:
    """Return the options of the tokenizer. As in pretraining, accents are stripped wherever letters are lowered."""
    said = repository.json("tokenizer.json").table("config")
    if kind == "bpe" and said.flag("add_prefix_space", default=False):
        raise BytesRefusedError(f"{said.what}: add_prefix_space is not supported", "use another repository")
    if kind != "wordpiece":
        return {"lowercase": True} if name == "AlbertBackbone" else {}
    options = {name: said.flag(name, default=False) for name in ("lowercase", "strip_accents")}
    return {name: True for name in options if options[name]}
