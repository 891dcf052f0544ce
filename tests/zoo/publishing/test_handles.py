"""Handles, names, licences and registries that `registry add` refuses before it downloads anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_server import HubServer
from kaggle_server import KaggleServer

import tlzoo
from tlzoo.artifacts import module_file
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, EntryError, UsageError

REPOSITORY = "hf://acme/net"
PRESET = "kaggle://acme/net/keras/tiny/1"
SAVED = "kaggle://acme/net/tensorFlow2/tiny"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["hf:acme/net"], "there is no folder 'hf:acme/net'; for a model of Hugging Face, use hf://acme/net"),
        (["acme/net"], "use hf://acme/net"),
        (["huggingface.co/acme/net"], "use hf://acme/net"),
        (["nowhere"], "use hf://OWNER/NAME"),
        ([PRESET.replace("keras", "pyTorch")], "no loader for models of the framework 'pyTorch'"),
        ([REPOSITORY, "--as", ""], "'' is not a valid name"),
        ([REPOSITORY, "--as", "other/net"], "'other/net' is not a valid name"),
        ([PRESET, "--as", "Net"], "'Net' is not a valid name"),
        ([SAVED, "--as", "Net"], "'Net' is not a valid name"),
        ([REPOSITORY, "--licence", " "], "' ' is not a licence"),
        ([PRESET, "--licence", ""], "'' is not a licence"),
        ([SAVED, "--licence", ""], "'' is not a licence"),
        (["folder", "--licence", "a\nb"], "is not a licence"),
        ([REPOSITORY, "--registry", "folder"], "folder cannot be written; give another file with --registry"),
        ([SAVED, "--registry", "file/registry.toml"], "file/registry.toml cannot be written"),
        ([PRESET, "--output", "x"], f"--output does not apply to {PRESET}"),
    ],
)
def test_a_wrong_request_downloads_nothing(
    words: list[str],
    message: str,
    hub: HubServer,
    kaggle: KaggleServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert main(["registry", "add", *words]) == 2
    assert message in capsys.readouterr().err
    assert not hub.asked
    assert not kaggle.asked


@pytest.mark.parametrize(
    ("handle", "message"),
    [
        (REPOSITORY, f"run `tlzoo registry add {REPOSITORY}`"),
        (PRESET, f"run `tlzoo registry add {PRESET}`"),
        (SAVED, f"{SAVED} has no version; add one"),
    ],
)
def test_a_repository_is_not_a_backbone_by_itself(
    handle: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", handle]) == 2
    assert message in capsys.readouterr().err


def test_the_address_of_a_page_is_a_handle(hub: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    hub.repositories["acme/net"] = {"config.json": b'{"model_type": "llama"}'}
    assert main(["registry", "add", "https://huggingface.co/acme/net/tree/main"]) == 3
    said = capsys.readouterr().err
    assert "hf://acme/net: no loader for networks of the type 'llama'; supported: albert, " in said
    assert "keras/" not in said


def test_the_address_of_a_module_on_kaggle_is_a_backbone() -> None:
    address = "https://www.kaggle.com/models/acme/net/TensorFlow2/tiny/2"
    assert module_file(address).source == "kaggle://acme/net/tensorFlow2/tiny/2"


def test_python_takes_the_same_options(kaggle: KaggleServer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes no preprocessor"):
        tlzoo.add_entry(PRESET, output_key="x")
    with pytest.raises(EntryError, match="cannot be read offline"):
        tlzoo.add_entry(SAVED, offline=True)
    assert not kaggle.asked
    kaggle.models[SAVED.removeprefix("kaggle://")] = {1: {"notes.txt": b"no graph"}}
    kaggle.states = False
    with pytest.raises(EntryError, match="has no declared hash"):
        tlzoo.add_entry(SAVED, registry=tmp_path / "mine.toml")
    with pytest.raises(BytesRefusedError, match="has 0 SavedModels"):
        tlzoo.add_entry(SAVED, registry=tmp_path / "mine.toml", trust_on_first_use=True)
