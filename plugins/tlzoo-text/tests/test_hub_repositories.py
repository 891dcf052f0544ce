"""Repositories of transformers become entries that pass the checks and give what transformers gives.

`hugging_face/make_reference.py` wrote the configurations, the names of tensors and the outputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from drawn_weights import drawn_weights
from hub_server import HubServer
from safetensors.numpy import save

from tlzoo.artifacts import HubRepository, open_hub_repository
from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.registry import Entry, own_entries
from tlzoo_text.transformers.conversion import complete_conversion
from tlzoo_text.transformers.importing import import_transformer
from tlzoo_text.transformers.presets import Preset

FOLDER = Path(__file__).parent / "hugging_face"
BLOCKS = ["embeddings", "block1", "block2"]
STAGES = {
    "albert": ["embeddings", "blocks", "pooler"],
    "bert": [*BLOCKS, "pooler"],
    "distilbert": BLOCKS,
    "gpt2": BLOCKS,
    "roberta": BLOCKS,
    "xlm-roberta": BLOCKS,
}
TOKENIZERS = {"albert": "albert", "bert": "wordpiece", "distilbert": "wordpiece", "xlm-roberta": "xlm"}
"""Kinds of made vocabularies; the others have byte pairs."""
PUBLISHED = {"albert": "spiece.model", "xlm-roberta": "sentencepiece.bpe.model"}
"""Published names of SentencePiece models."""


@pytest.fixture
def serve(hub: HubServer, vocabulary_files: Callable[[str], dict[str, bytes]]) -> Callable[..., HubRepository]:
    """Return a function that serves and opens the repository of a kind; ``bare``: of a network without a head."""

    def served(kind: str, *, bare: bool = False, **others: bytes) -> HubRepository:
        drawn = drawn_weights(json.loads((FOLDER / kind / "tensors.json").read_text()))
        prefix = f"{kind}." if bare else ""
        vocabulary = vocabulary_files(TOKENIZERS.get(kind, "bpe"))
        hub.repositories["acme/net"] = {
            **{PUBLISHED.get(kind, name): body for name, body in vocabulary.items()},
            "config.json": (FOLDER / kind / "config.json").read_bytes(),
            "model.safetensors": save(
                {name.removeprefix(prefix): each for name, each in drawn.items()}, {"format": "pt"}
            ),
            **others,
        }
        return open_hub_repository("hf://acme/net")

    return served


LIKE_ANOTHER = {"distilbert", "roberta", "xlm-roberta"}
"""Types whose structure is that of another, so that the checks of an entry would repeat its checks."""


def computes_what_transformers_does(kind: str, entry: Entry) -> None:
    """Compare the output of an entry with that of transformers."""
    backbone = load_backbone(entry, LoadRequest(sequence_length=8))
    assert [each.name for each in backbone.stages] == STAGES[kind]
    assert all(each.cut is not None for each in backbone.stages)
    reference = np.load(FOLDER / kind / "reference.npz")
    given = {"token_ids": reference["tokens"].astype("int32"), "padding_mask": reference["mask"].astype("int32")}
    if "segment_ids" in backbone.model.input:
        given["segment_ids"] = np.zeros_like(given["token_ids"])
    sequence = np.asarray(backbone.model(given, training=False)[0])
    there = reference["mask"].astype(bool)
    np.testing.assert_allclose(sequence[there], reference["sequence"][there], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(STAGES.keys() - LIKE_ANOTHER))
def test_a_repository_becomes_an_entry_that_computes_what_transformers_does(
    kind: str, serve: Callable[..., HubRepository], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(kind)
    registry = tmp_path / "registry.toml"
    assert main(["registry", "add", "hf://acme/net", "--registry", str(registry), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    skipped = {each["name"] for each in said["checks"]["checks"] if each["outcome"] == "skipped"}
    assert skipped <= {
        "figures-as-measured",
        "smallest-size-works",
        "size-below-smallest-is-refused",
        "source-head-gives-probabilities",
    }
    (entry,) = own_entries(registry)
    computes_what_transformers_does(kind, entry)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(LIKE_ANOTHER | {"albert"}))
def test_a_network_without_a_head_computes_what_transformers_does(
    kind: str, serve: Callable[..., HubRepository]
) -> None:
    """All as they are saved without a language model: their tensors have no prefix."""
    entry = import_transformer(serve(kind, bare=True))
    computes_what_transformers_does(kind, replace(entry, id="local/net.acme"))


@pytest.mark.parametrize(
    ("said", "options"),
    [
        (None, {"lowercase": True}),
        ({"do_lower_case": False}, None),
        ({"do_lower_case": True, "strip_accents": None}, {"lowercase": True}),
        ({"do_lower_case": True, "strip_accents": False}, {"lowercase": True, "strip_accents": False}),
    ],
)
def test_case_and_accents_of_the_tokenizer(
    serve: Callable[..., HubRepository], said: dict[str, bool] | None, options: dict[str, bool] | None
) -> None:
    others = {} if said is None else {"tokenizer_config.json": json.dumps(said).encode()}
    assert import_transformer(serve("bert", **others)).options.get("tokenizer") == options


def test_pooling_and_length_of_sentence_transformers(serve: Callable[..., HubRepository]) -> None:
    others = {
        "1_Pooling/config.json": b'{"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}',
        "modules.json": b'[{"type": "sentence_transformers.models.Normalize"}]',
        "sentence_bert_config.json": b'{"max_seq_length": 24}',
    }
    entry = import_transformer(serve("bert", **others))
    assert (entry.features.pooling, entry.features.normalized) == ("average", True)
    assert (entry.input.sequence_length, entry.input.longest) == (24, 32)


@pytest.mark.parametrize(
    ("kind", "others", "message"),
    [
        ("bert", {"1_Pooling/config.json": b'{"pooling_mode_weightedmean_tokens": true}'}, "pooling is not supported"),
        ("bert", {"1_Pooling/config.json": b'{"pooling_mode_mean_tokens": 1}'}, "must be true or false; got 1"),
        ("bert", {"tokenizer_config.json": b'{"do_lower_case": "no"}'}, "do_lower_case must be true or false"),
        ("bert", {"tokenizer_config.json": b"x"}, "tokenizer_config.json is not JSON"),
        ("roberta", {"tokenizer_config.json": b'{"add_prefix_space": true}'}, "add_prefix_space is not supported"),
        ("bert", {"config.json": b'{"model_type": "bert", "max_position_embeddings": 0}'}, "integer from 1 to 65,536"),
        ("roberta", {"config.json": b'{"model_type": "roberta", "max_position_embeddings": 2}'}, "integer from 3 to"),
        ("bert", {"config.json": b'{"model_type": "bert", "max_position_embeddings": 9}'}, "no 'hidden_size'"),
    ],
)
def test_wrong_files_are_refused_in_one_line(
    serve: Callable[..., HubRepository], kind: str, others: dict[str, bytes], message: str
) -> None:
    repository = serve(kind, **others)
    with pytest.raises(BytesRefusedError, match=message) as raised:
        import_transformer(repository)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("activation", ["relu", ["gelu"], {"name": "gelu"}, 7])
def test_another_activation_is_refused(serve: Callable[..., HubRepository], activation: object) -> None:
    entry = import_transformer(serve("bert"))
    preset = Preset(keras.Model(), "huggingface", {"hidden_act": activation})
    with pytest.raises(EntryError, match="but KerasHub supports only GELU"):
        complete_conversion(entry, preset, {})


def test_a_network_of_too_many_repeated_blocks_is_refused(serve: Callable[..., HubRepository]) -> None:
    config = json.loads((FOLDER / "albert" / "config.json").read_text()) | {"num_hidden_layers": 10**9}
    with pytest.raises(BytesRefusedError, match="num_hidden_layers must be an integer from 1 to 256"):
        import_transformer(serve("albert", **{"config.json": json.dumps(config).encode()}))


def test_a_vocabulary_larger_than_the_weights_is_refused(serve: Callable[..., HubRepository]) -> None:
    config = json.loads((FOLDER / "bert" / "config.json").read_text()) | {"vocab_size": 2_000_000}
    with pytest.raises(BytesRefusedError, match=r"describes over .* parameters"):
        import_transformer(serve("bert", **{"config.json": json.dumps(config).encode()}))
