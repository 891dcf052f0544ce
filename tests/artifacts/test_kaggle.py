"""Models on Kaggle: handles, listings, stated hashes, credentials, and servers that lie."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from kaggle_server import KaggleServer, archive_of, kaggle_server

from tlzoo.artifacts import Limits, module_file, open_kaggle_model, resolve_file, using
from tlzoo.artifacts.kaggle import model
from tlzoo.artifacts.kaggle.handle import has_config, kaggle_handle, parsed_kaggle_handle
from tlzoo.artifacts.kaggle.model import KaggleModel, open_kaggle_module
from tlzoo.artifacts.pins import pinned
from tlzoo.errors import BytesRefusedError, EntryError, FetchError, TlzooError, UsageError
from tlzoo.registry import File

NAME = "acme/net/keras/net_tiny"
SAVED = "acme/words/tensorFlow2/small"
FILES = {
    "config.json": b'{"registered_name": "keras_hub>DotsBackbone", "class_name": "DotsBackbone"}',
    "model.weights.h5": b"w" * 5000,
    "assets/tokenizer/vocabulary.txt": b"a\nb\n",
}
SOURCE = f"kaggle://{NAME}/2/model.weights.h5"


@pytest.fixture
def served(kaggle: KaggleServer, cache: Path) -> KaggleServer:
    kaggle.models[NAME] = {1: {"config.json": b"{}"}, 2: dict(FILES)}
    kaggle.models[SAVED] = {1: {"saved_model.pb": b"graph"}}
    return kaggle


def sha256(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def fetched(file: File, **settings: Any) -> Path:
    with using(trust_stated=True, limits=Limits(silence=2, deadline=8, attempts=3, pause=0.01), **settings):
        return resolve_file("acme: file", file)


@pytest.mark.parametrize(
    ("given", "handle"),
    [
        ("kaggle://google/nnlm/tensorFlow2/en-dim50/1", "kaggle://google/nnlm/tensorFlow2/en-dim50/1"),
        ("https://www.kaggle.com/models/google/nnlm/TensorFlow2/en-dim50", "kaggle://google/nnlm/tensorFlow2/en-dim50"),
        ("https://kaggle.com/models/keras/bert/Keras/bert_tiny/3?x=1#y", "kaggle://keras/bert/keras/bert_tiny/3"),
        ("https://www.kaggle.com/datasets/acme/pets", None),
        ("https://tfhub.dev/google/nnlm-en-dim50/2", None),
        ("hf://google/bert", None),
    ],
)
def test_handles_and_addresses_of_pages(given: str, handle: str | None) -> None:
    assert kaggle_handle(given) == handle


@pytest.mark.parametrize(
    "given", ["kaggle://net", "kaggle://a/b/keras/c/0", "kaggle://a/../keras/c", "kaggle://a/b/keras/c/1/x"]
)
def test_other_handles_are_refused(given: str) -> None:
    with pytest.raises(UsageError, match="use kaggle://OWNER/MODEL/FRAMEWORK/VARIATION"):
        parsed_kaggle_handle(given)


def test_other_frameworks_are_refused_by_name() -> None:
    assert has_config(parsed_kaggle_handle(f"kaggle://{NAME}"))
    assert not has_config(parsed_kaggle_handle(f"kaggle://{SAVED}"))
    with pytest.raises(UsageError, match="no loader for models of the framework 'pyTorch'; supported: keras"):
        parsed_kaggle_handle("kaggle://meta/llama/pytorch/7b/1")


def test_files_of_the_newest_version(served: KaggleServer) -> None:
    opened = open_kaggle_model(f"kaggle://{NAME}")
    assert (opened.revision, opened.kind, opened.licence()) == ("2", "keras/DotsBackbone", "Apache-2.0")
    assert opened.files.keys() == FILES.keys()  # on two pages
    small = opened.file("assets/tokenizer/vocabulary.txt")
    assert small == File(f"kaggle://{NAME}/2/assets/tokenizer/vocabulary.txt", sha256(b"a\nb\n"), 4)
    with pytest.raises(EntryError, match=r"has no version 3; the newest one is 2"):
        open_kaggle_model(f"kaggle://{NAME}/3")


@pytest.mark.parametrize(("size", "known"), [(None, None), ("5000", 5000), (5000, 5000), ("many", None), (0, None)])
def test_sizes_in_the_listing(
    served: KaggleServer, monkeypatch: pytest.MonkeyPatch, size: Any, known: int | None
) -> None:
    rows = [{"name": "config.json"}, {"name": "model.weights.h5", "size": size}]
    original = model.small_file

    def small_file(what: str, name: str, *rest: Any) -> bytes:
        return json.dumps({"files": rows}).encode() if name == "its listing" else original(what, name, *rest)

    monkeypatch.setattr(model, "small_file", small_file)
    found = open_kaggle_model(f"kaggle://{NAME}").weights("model.weights.h5")
    assert (found.source, found.bytes) == (SOURCE, known)
    assert fetched(File(SOURCE, None, known)).read_bytes() == FILES["model.weights.h5"]


def test_a_stated_hash_is_compared_and_the_file_pinned(served: KaggleServer) -> None:
    path = fetched(File(SOURCE, None, 5000))
    assert path.read_bytes() == FILES["model.weights.h5"]
    pin = pinned(SOURCE)
    assert pin is not None
    assert (pin.sha256, pin.reason) == (sha256(FILES["model.weights.h5"]), "md5")
    with using(offline=True):
        assert resolve_file("acme: file", File(SOURCE, pin.sha256, 5000)) == path


def test_without_a_stated_hash_the_file_has_to_be_trusted(served: KaggleServer) -> None:
    served.states = False
    with pytest.raises(EntryError, match="has no declared hash"):
        fetched(File(SOURCE, None, 5000))
    assert pinned(SOURCE) is None
    assert fetched(File(SOURCE, None, 5000), trust_on_first_use=True).is_file()


def test_a_stated_hash_alone_is_not_enough_for_an_entry_of_others(served: KaggleServer) -> None:
    with pytest.raises(EntryError, match="has no declared hash"):
        resolve_file("acme: file", File(SOURCE, None, 5000))
    assert not served.asked


def test_an_interrupted_download_resumes(served: KaggleServer) -> None:
    served.breaks = True
    assert fetched(File(SOURCE, None, 5000)).read_bytes() == FILES["model.weights.h5"]
    assert "bytes=2500-" in served.ranges


def test_a_module_is_one_archive(served: KaggleServer) -> None:
    source, licence = open_kaggle_module(f"kaggle://{SAVED}")
    assert (source, licence) == (f"kaggle://{SAVED}/1", "Apache-2.0")
    served.archives[SAVED] = archive_of({"variables/variables.index": b"v", "notes.txt": b"n"})
    folder = fetched(module_file(source))
    assert (folder / "notes.txt").read_bytes() == b"n"
    with using(offline=True):
        assert open_kaggle_module(source) == (source, "NOASSERTION")
        assert fetched(module_file(source)) == folder


def lie_about_bytes(server: KaggleServer) -> None:
    server.changed["model.weights.h5"] = b"x" * 5000


def lie_about_size(server: KaggleServer) -> None:
    server.changed["model.weights.h5"] = b"x" * 6000


def send_without_end(server: KaggleServer) -> None:
    server.endless = True


def lead_elsewhere(server: KaggleServer) -> None:
    server.moved = "http://storage.example.org"


def lead_to_a_disk(server: KaggleServer) -> None:
    server.moved = "file:///etc"


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        (lie_about_bytes, "has md5:.*, but the server states md5:"),
        (lie_about_size, "has 6,000 bytes on the server, not the declared 5,000"),
        (send_without_end, "bytes on the server, not the declared 5,000"),
        (lead_elsewhere, "redirects to http://storage.example.org/.*, which is not https"),
        (lead_to_a_disk, "redirects to file:///etc.*, which is not https"),
    ],
)
def test_a_server_that_lies_is_refused(served: KaggleServer, cache: Path, lie: Any, message: str) -> None:
    lie(served)
    with pytest.raises(BytesRefusedError, match=message):
        fetched(File(SOURCE, None, 5000))
    assert pinned(SOURCE) is None
    assert not list(cache.glob("files/*/*"))


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (archive_of({"../outside": b"x"}), "leads out of its folder"),
        (archive_of({"/etc/outside": b"x"}), "leads out of its folder"),
        (archive_of({"zeros": bytes(100 * 10**6)}), "unpacks to more than 200 times its size"),
        (b"<html>Log in</html>", "returned a web page"),
        (b"no archive", "not a tar, tar.gz or zip"),
    ],
)
def test_a_hostile_archive_is_refused(served: KaggleServer, cache: Path, archive: bytes, message: str) -> None:
    served.archives[SAVED] = archive
    with pytest.raises(BytesRefusedError, match=message):
        fetched(module_file(f"kaggle://{SAVED}/1"))
    assert not list(cache.glob("files/*/*"))


def test_an_archive_without_end_is_refused(served: KaggleServer, cache: Path) -> None:
    served.endless = True
    with (
        using(trust_stated=True, limits=Limits(file=10**6)),
        pytest.raises(BytesRefusedError, match="above the limit of 1,000,000"),
    ):
        resolve_file("acme: file", module_file(f"kaggle://{SAVED}/1"))
    assert not list(cache.glob("downloads/*/body"))


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        (b"[]", "its listing is not a JSON object"),
        (b"<html>", "its listing is not JSON"),
        (b'{"files": 3}', "returned no files"),
        (b'{"files": [], "nextPageToken": "again"}', "more than 50 pages"),
        (b'{"files": [{"name": "../config.json"}, 7, {"name": "a", "size": "x"}]}', "has no config.json"),
    ],
)
def test_a_wrong_listing_is_refused(
    served: KaggleServer, monkeypatch: pytest.MonkeyPatch, listing: bytes, message: str
) -> None:
    described = json.dumps({"versionNumber": 2}).encode()

    def small_file(_what: str, name: str, *_: Any) -> bytes:
        return listing if name == "its listing" else described

    monkeypatch.setattr("tlzoo.artifacts.kaggle.model.small_file", small_file)
    with pytest.raises(TlzooError, match=message):
        open_kaggle_model(f"kaggle://{NAME}/2")


@pytest.mark.parametrize("version", [None, "2", 0, True, 10**30])
def test_a_wrong_description_is_refused(served: KaggleServer, monkeypatch: pytest.MonkeyPatch, version: Any) -> None:
    body = json.dumps({"versionNumber": version}).encode()
    monkeypatch.setattr("tlzoo.artifacts.kaggle.model.small_file", lambda *_: body)
    with pytest.raises(BytesRefusedError, match="versionNumber"):
        open_kaggle_model(f"kaggle://{NAME}")


def test_a_full_disk_is_named(served: KaggleServer, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tlzoo.artifacts.hugging_face.repository.Download.run", full)
    with pytest.raises(
        FetchError, match=r"its description cannot be written to .*: No space left on device; free some"
    ):
        open_kaggle_model(f"kaggle://{NAME}")
    assert not list(cache.glob("downloads/*repository*"))


def test_nothing_is_read_offline(served: KaggleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_OFFLINE", "1")
    for opened in (open_kaggle_model, open_kaggle_module):
        with pytest.raises(EntryError, match="cannot be read offline"):
            opened(f"kaggle://{NAME}")
    assert not served.asked


@pytest.mark.parametrize(
    ("environment", "file", "sent"),
    [
        ({}, None, None),
        ({"KAGGLE_API_TOKEN": "secret"}, None, "Bearer secret"),
        ({"KAGGLE_USERNAME": "me", "KAGGLE_KEY": "secret"}, None, "Basic me:secret"),
        ({}, '{"username": "me", "key": "filed"}', "Basic me:filed"),
        ({"KAGGLE_API_TOKEN": "a\nb"}, None, None),
    ],
)
def test_credentials_are_sent_to_kaggle_and_to_no_other_server(
    served: KaggleServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    environment: dict[str, str],
    file: str | None,
    sent: str | None,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if file is not None:
        (tmp_path / "kaggle.json").write_text(file)
        monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    if sent is not None and sent.startswith("Basic"):
        sent = f"Basic {base64.b64encode(sent.removeprefix('Basic ').encode()).decode()}"
    with kaggle_server() as storage:
        storage.models = served.models
        served.moved = storage.address
        open_kaggle_model(f"kaggle://{NAME}")
    assert served.tokens == [sent] * 4  # the description, two pages, and config.json
    assert storage.tokens == [None]


@pytest.mark.parametrize("content", ["{", "[]", '{"username": "me"}', '{"username": 1, "key": 2}'])
def test_a_damaged_file_of_credentials_is_named(
    served: KaggleServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    (tmp_path / "kaggle.json").write_text(content)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    with pytest.raises(UsageError, match=r"kaggle\.json has no 'username' and 'key'"):
        open_kaggle_model(f"kaggle://{NAME}")


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("Apache 2.0", "Apache-2.0"),
        ("MIT", "MIT"),
        ("Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        ("Gemma", "LicenseRef-Gemma"),
        ("Unknown", "NOASSERTION"),
        ("", "NOASSERTION"),
    ],
)
def test_licences(name: str, licence: str) -> None:
    from tlzoo.artifacts import HubConfig

    assert KaggleModel(NAME, "1", {}, HubConfig({}, ""), {}, name).licence() == licence
