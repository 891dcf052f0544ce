"""Presets of KerasHub on Kaggle become entries that compute what KerasHub does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hub_server import HubServer
from kaggle_server import KaggleServer, files_in

from tlzoo.artifacts import open_hub_repository, using
from tlzoo.backbones import load_backbone
from tlzoo.errors import BytesRefusedError
from tlzoo.zoo.publishing.import_repository import import_repository
from tlzoo_text.transformers.preset_importing import import_preset

NAME = "acme/bert/keras/bert_tiny"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "film", "the", *"abcdefghijklmnopqrstuvwxyz"]
SIZES: dict[str, Any] = {
    "vocabulary_size": len(PIECES),
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 8,
    "intermediate_dim": 16,
    "max_sequence_length": 24,
}


def preset(name: str = "BertBackbone", tokenizer: Any = None, **sizes: Any) -> dict[str, bytes]:
    """Return the files of a preset without valid weights."""
    config = {"registered_name": f"keras_hub>{name}", "class_name": name, "config": {**SIZES, **sizes}}
    said = {"config": {"lowercase": True, "vocabulary": None} if tokenizer is None else tokenizer}
    texts = {"config.json": config, "tokenizer.json": said}
    assets = {f"assets/tokenizer/{each}": b"x" for each in ("vocabulary.json", "merges.txt", "vocabulary.spm")}
    assets["assets/tokenizer/vocabulary.txt"] = "\n".join(PIECES).encode()
    return {"model.weights.h5": b"x", **assets, **{path: json.dumps(each).encode() for path, each in texts.items()}}


@pytest.mark.slow
def test_a_preset_on_kaggle_computes_what_kerashub_does(kaggle: KaggleServer, tmp_path: Path) -> None:
    import keras_hub

    keras.utils.set_random_seed(3)
    network = keras_hub.models.BertBackbone(**SIZES)
    network.save_to_preset(str(tmp_path))
    kaggle.models[NAME] = {3: {**preset(), **files_in(tmp_path)}}
    entry = import_repository(f"kaggle://{NAME}/3")
    assert (entry.input.sequence_length, entry.input.longest, entry.features.pooling) == (24, 24, "pooler")
    assert entry.options["tokenizer"] == {"lowercase": True}
    with using(estimate_memory=True):
        backbone = load_backbone(entry)
    ids = np.arange(2, 26)[None]
    inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": np.ones_like(ids)}
    expected = network(inputs)["sequence_output"]
    np.testing.assert_allclose(backbone.model(inputs, training=False)[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "tokenizer", "kind", "pooling", "options"),
    [
        ("DistilBertBackbone", {"lowercase": False}, "wordpiece", "first", None),
        ("ElectraBackbone", {"strip_accents": True}, "wordpiece", "first", {"strip_accents": True}),
        ("AlbertBackbone", {}, "sentencepiece", "pooler", {"lowercase": True}),
        ("XLMRobertaBackbone", {}, "sentencepiece", "first", None),
        ("GPT2Backbone", {"add_prefix_space": False}, "bpe", "last", None),
    ],
)
def test_tokenizer_and_pooling_by_class(
    hub: HubServer, name: str, tokenizer: Any, kind: str, pooling: str, options: Any
) -> None:
    hub.repositories["acme/net"] = preset(name, tokenizer)
    entry = import_preset(open_hub_repository("hf://acme/net"))
    assert (entry.input.tokenizer, entry.features.pooling, entry.options.get("tokenizer")) == (kind, pooling, options)
    assert set(entry.files) == {"config", "weights", "vocabulary"} | ({"merges"} if kind == "bpe" else set())


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("BertBackbone", {"num_layers": 10**6}, "num_layers must be an integer from 1 to 256"),
        ("BertBackbone", {"max_sequence_length": 0}, "max_sequence_length must be an integer from 1 to 65,536"),
        ("BertBackbone", {"hidden_dim": 10**30}, "hidden_dim must be a number up to 10,000,000"),
        ("BertBackbone", {"tokenizer": {"lowercase": "yes"}}, "lowercase must be true or false"),
        ("RobertaBackbone", {"tokenizer": {"add_prefix_space": True}}, "add_prefix_space is not supported"),
    ],
)
def test_a_hostile_preset_is_refused(hub: HubServer, name: str, changes: dict[str, Any], message: str) -> None:
    hub.repositories["acme/net"] = preset(name, **changes)
    with pytest.raises(BytesRefusedError, match=message):
        import_preset(open_hub_repository("hf://acme/net"))
