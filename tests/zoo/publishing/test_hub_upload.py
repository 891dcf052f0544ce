"""Uploads to a server that speaks the protocol of the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_uploads import TOKEN, WritableHub

from tlzoo.errors import BytesRefusedError, UploadError, UsageError
from tlzoo.zoo.publishing.hub_upload import check_repository, upload

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # in huggingface_hub
PLACE = "hf://me/net"
NAMES = ("README.md", "SHA256SUMS", "model.keras", "registry.toml", "weights.npz")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(bytes([number]) * 2000)
    return tmp_path


def test_files_are_uploaded_in_one_commit(folder: Path, writable_hub: WritableHub) -> None:
    check_repository(PLACE, replaces=False)
    to = upload(folder, PLACE, private=True)
    uploaded = writable_hub.repositories["me/net"]
    assert {name: uploaded[name] for name in NAMES} == {name: (folder / name).read_bytes() for name in NAMES}
    assert to == f"{PLACE}@{writable_hub.commit('me/net')}"
    assert writable_hub.private == {"me/net": True}


def test_an_interrupted_upload_continues(folder: Path, writable_hub: WritableHub) -> None:
    writable_hub.fails = 1
    with pytest.raises(UploadError, match=r"the upload failed: .*; run the same command again"):
        upload(folder, PLACE)
    assert set(writable_hub.repositories["me/net"]) == {".gitattributes"}
    writable_hub.fails = None
    writable_hub.puts.clear()
    upload(folder, PLACE)
    assert set(writable_hub.repositories["me/net"]) == {".gitattributes", *NAMES}
    assert len(writable_hub.puts) == 1


def test_a_model_is_replaced_only_if_asked(folder: Path, writable_hub: WritableHub) -> None:
    upload(folder, PLACE)
    writable_hub.repositories["me/net"]["notes.txt"] = b"of the owner"
    for refuse in (lambda: check_repository(PLACE, replaces=False), lambda: upload(folder, PLACE)):
        with pytest.raises(UsageError, match="hf://me/net already has a model; choose another name, or use --replace"):
            refuse()
    (folder / "model.keras").unlink()
    check_repository(PLACE, replaces=True)
    upload(folder, PLACE, replaces=True)
    expected = {".gitattributes", "notes.txt", *NAMES} - {"model.keras"}
    assert set(writable_hub.repositories["me/net"]) == expected


def test_a_repository_that_the_website_made_gets_the_model(folder: Path, writable_hub: WritableHub) -> None:
    writable_hub.repositories["me/net"] = {"README.md": b"license: mit", "LICENSE": b"", ".gitattributes": b""}
    check_repository(PLACE, replaces=False)
    upload(folder, PLACE)
    assert set(writable_hub.repositories["me/net"]) == {".gitattributes", "LICENSE", *NAMES}


@pytest.mark.parametrize("other", ["config.json", "model.safetensors"])
def test_a_model_of_another_program_is_never_replaced(folder: Path, writable_hub: WritableHub, other: str) -> None:
    files = {"README.md": b"card", other: b"{}"}
    writable_hub.repositories["me/net"] = dict(files)
    for refuse in (lambda: check_repository(PLACE, replaces=True), lambda: upload(folder, PLACE, replaces=True)):
        with pytest.raises(UsageError, match="has a model that tlzoo did not publish"):
            refuse()
    assert writable_hub.repositories["me/net"] == files


def test_a_private_model_is_not_uploaded_into_a_public_repository(folder: Path, writable_hub: WritableHub) -> None:
    assert check_repository(PLACE, replaces=False, private=True)
    assert not check_repository(PLACE, replaces=False)
    writable_hub.repositories["me/net"] = {".gitattributes": b""}
    writable_hub.private["me/net"] = False
    for refuse in (
        lambda: check_repository(PLACE, replaces=False, private=True),
        lambda: upload(folder, PLACE, private=True),
    ):
        with pytest.raises(UsageError, match="hf://me/net is public already"):
            refuse()
    assert set(writable_hub.repositories["me/net"]) == {".gitattributes"}
    writable_hub.private["me/net"] = True
    assert check_repository(PLACE, replaces=False)


def test_a_wrong_token_is_refused_and_not_shown(
    folder: Path, writable_hub: WritableHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    for refuse in (lambda: check_repository(PLACE, replaces=False), lambda: upload(folder, PLACE)):
        with pytest.raises(UploadError, match="refuses the access token; set a valid HF_TOKEN") as refused:
            refuse()
        assert "hf_other" not in str(refused.value)
    assert not writable_hub.repositories


def test_a_token_without_write_access_is_explained(folder: Path, writable_hub: WritableHub) -> None:
    writable_hub.forbidden = True
    with pytest.raises(UploadError, match=f"the access token may not write {PLACE}") as refused:
        upload(folder, PLACE)
    assert TOKEN not in str(refused.value)


def test_the_token_never_goes_over_plain_http(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("TLZOO_OFFLINE", raising=False)
    for refuse in (lambda: check_repository(PLACE, replaces=False), lambda: upload(folder, PLACE)):
        with pytest.raises(BytesRefusedError, match=r"http://hub\.invalid is not https"):
            refuse()


def test_nothing_is_sent_offline_or_without_a_token(writable_hub: WritableHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_OFFLINE", "1")
    with pytest.raises(UsageError, match="cannot be written offline"):
        check_repository(PLACE, replaces=False)
    monkeypatch.delenv("TLZOO_OFFLINE")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(UsageError, match=r"no access token for http://127.0.0.1.*; set HF_TOKEN"):
        check_repository(PLACE, replaces=False)
    assert not writable_hub.tokens
