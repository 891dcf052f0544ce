"""Repositories of the Hugging Face Hub: listings, hashes, licences, and untrusted configurations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hub_server import HubServer, hub_server

from tlzoo.artifacts import HubConfig, open_hub_repository
from tlzoo.artifacts.hugging_face import licence_of
from tlzoo.errors import BytesRefusedError, EntryError, TlzooError, UsageError

NAME = "acme/net"
FILES = {"config.json": b'{"model_type": "vit"}', "model.safetensors": b"weights", "vocab.txt": b"a\nb\n"}


@pytest.fixture
def served(hub: HubServer) -> HubServer:
    hub.repositories[NAME] = dict(FILES)
    return hub


def test_files_are_pinned_to_the_commit_with_their_hashes(served: HubServer) -> None:
    repository = open_hub_repository(f"hf://{NAME}")
    assert repository.kind == "vit"
    for path in ("model.safetensors", "vocab.txt"):
        file = repository.file(path)
        assert file.source == f"hf://{NAME}@{served.commit(NAME)}/{path}"
        assert file.hash == f"sha256:{hashlib.sha256(FILES[path]).hexdigest()}"
        assert file.bytes == len(FILES[path])
    assert not any("model.safetensors" in each for each in served.asked)  # its hash is in the listing


def test_a_revision_is_a_branch_or_a_commit(served: HubServer) -> None:
    by_commit = open_hub_repository(f"hf://{NAME}@{served.commit(NAME)}")
    assert by_commit.revision == open_hub_repository(f"hf://{NAME}@main").revision
    with pytest.raises(EntryError, match=r"revision v9 could not be downloaded .* 404, not found"):
        open_hub_repository(f"hf://{NAME}@v9")


@pytest.mark.parametrize(
    "handle", ["hf://net", "hf://acme/net/config.json", "hf://../net", "hf://acme/net@", "hf://a b/c"]
)
def test_other_handles_are_refused(handle: str) -> None:
    with pytest.raises(UsageError, match="use hf://OWNER/NAME"):
        open_hub_repository(handle)


def test_a_token_is_sent_to_the_hub_and_to_no_other_server(served: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with hub_server({NAME: FILES}) as other:
        served.moved = other.address
        open_hub_repository(f"hf://{NAME}")
    assert served.tokens == ["Bearer hf_secret"] * 2  # the listing, and config.json
    assert other.tokens == [None]
    assert any("config.json" in each for each in other.asked)


def test_nothing_is_read_offline(served: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_OFFLINE", "1")
    with pytest.raises(EntryError, match="cannot be read offline"):
        open_hub_repository(f"hf://{NAME}")
    assert not served.asked


def _without_config(listing: dict[str, Any]) -> None:
    del listing["siblings"][0]


def _outside(listing: dict[str, Any]) -> None:
    listing["siblings"][0]["rfilename"] = "../config.json"


def _other_blob(listing: dict[str, Any]) -> None:
    listing["siblings"][0]["blobId"] = "0" * 40


def _other_size(listing: dict[str, Any]) -> None:
    listing["siblings"][0]["size"] = 5


def _no_commit(listing: dict[str, Any]) -> None:
    listing["sha"] = "main"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (_without_config, EntryError, "has no config.json"),
        (_outside, EntryError, "has no config.json"),
        (_other_blob, BytesRefusedError, "config.json does not have the hash in the listing"),
        (_other_size, BytesRefusedError, "has 21 bytes on the server, not the declared 5"),
        (_no_commit, BytesRefusedError, "returned no commit and files"),
    ],
)
def test_a_wrong_listing_is_refused(
    served: HubServer, change: Callable[[dict[str, Any]], None], error: type[TlzooError], message: str
) -> None:
    listing = served.listing(NAME)
    change(listing)
    served.listings[NAME] = listing
    with pytest.raises(error, match=message):
        open_hub_repository(f"hf://{NAME}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "config.json is not JSON"),
        (b"[1]", "config.json is not a JSON object"),
        (b'{"a": ' + b"9" * 5000 + b"}", "config.json is not JSON"),
        (b"[" * 100_000, "config.json is not JSON"),
        (b"\xff\xfe{", "config.json is not JSON"),
    ],
)
def test_a_configuration_that_is_no_object_is_refused(served: HubServer, content: bytes, message: str) -> None:
    served.repositories[NAME]["config.json"] = content
    with pytest.raises(BytesRefusedError, match=message) as raised:
        open_hub_repository(f"hf://{NAME}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"model_type": "bert"}, "bert"),
        ({"architecture": "resnet18", "num_classes": 10}, "timm/resnet18"),
        ({"registered_name": "keras_hub>BertBackbone", "class_name": "BertBackbone"}, "keras/BertBackbone"),
    ],
)
def test_kinds_of_networks(served: HubServer, config: dict[str, Any], kind: str) -> None:
    served.repositories[NAME]["config.json"] = json.dumps(config).encode()
    assert open_hub_repository(f"hf://{NAME}").kind == kind


@pytest.mark.parametrize(
    ("files", "error", "message"),
    [
        (["pytorch_model.bin"], BytesRefusedError, r"only pickled weights \(pytorch_model.bin\)"),
        (["model.safetensors.index.json"], BytesRefusedError, "weights in several files"),
        ([], EntryError, "has no model.safetensors"),
    ],
)
def test_other_weights_are_refused(served: HubServer, files: list[str], error: type[TlzooError], message: str) -> None:
    served.repositories[NAME] = {"config.json": FILES["config.json"], **dict.fromkeys(files, b"x")}
    with pytest.raises(error, match=message):
        open_hub_repository(f"hf://{NAME}").weights()


def test_weights_smaller_than_the_network_are_refused(served: HubServer) -> None:
    with pytest.raises(BytesRefusedError, match=r"describes over 1,000 parameters, but model\.safetensors has 7 bytes"):
        open_hub_repository(f"hf://{NAME}").weights(parameters=1000)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "size must be an integer from 1 to 100; got null"),
        (0, "got 0"),
        (101, "got 101"),
        (10**400, "got 1000"),
        (True, "got true"),
        ("12", 'got "12"'),
        (12.0, r"got 12\.0"),
        ([1] * 1000, r"got \[1, 1.*…"),
    ],
)
def test_wrong_integers_are_refused_in_one_line(value: Any, message: str) -> None:
    with pytest.raises(BytesRefusedError, match=message) as raised:
        HubConfig({"size": value}, "net: config.json").integer("size", most=100)
    assert len(str(raised.value)) < 200


def test_values_of_other_types() -> None:
    config = HubConfig(
        {"list": [1, 2], "mean": [0.5, 1], "std": [0.5, "x"], "flag": None, "name": "a\nb"}, "config.json"
    )
    assert config.integers("list", most=2) == (1, 2)
    assert config.numbers("mean", count=2) == (0.5, 1.0)
    assert config.flag("flag", default=True)
    assert config.integer("absent", most=9, default=3) == 3
    for read in (
        lambda: config.integers("list", most=1),
        lambda: config.numbers("mean", count=3),
        lambda: config.numbers("std", count=2),
        lambda: config.flag("list", default=True),
        lambda: config.text("name"),
        lambda: config.table("list"),
        lambda: config.number("absent"),
    ):
        with pytest.raises(BytesRefusedError, match=r"config\.json"):
            read()


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\n---\n# Net", "Apache-2.0"),
        ("---\r\ntags:\r\n- x\r\nlicense: 'mit' # ours\r\n---\r\n", "MIT"),
        ("---\nlicense: other\nlicense_name: dinov3-license\n---\n", "LicenseRef-dinov3-license"),
        ("---\nlicense: llama2\n---\n", "LicenseRef-llama2"),
        ("---\nlicense: unknown\n---\n", "NOASSERTION"),
        ("---\nlicense: [mit, x]\n---\n", "NOASSERTION"),
        ("# Net\nlicense: mit\n", "NOASSERTION"),
        ("", "NOASSERTION"),
    ],
)
def test_the_licence_is_that_of_the_front_matter(card: str, licence: str) -> None:
    assert licence_of(card) == licence
