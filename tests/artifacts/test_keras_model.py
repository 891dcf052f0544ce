"""``.keras`` files that name what Keras must not build."""

from __future__ import annotations

import json
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tlzoo.artifacts.formats.keras_model import check_keras_model
from tlzoo.errors import BytesRefusedError


def saved(folder: Path, config: Any) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    return path


def named(name: object, module: str | None = "keras.layers", registered: str | None = None, **config: Any) -> Any:
    return {"x": [{"class_name": name, "module": module, "registered_name": registered, "config": config}]}


WHISPER = named("WhisperTokenizer", "keras_hub.models", special_tokens="/etc/secret.json")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (named("StringLookup", vocabulary="/etc/passwd"), "a StringLookup with the file '/etc/passwd' as vocabulary"),
        (WHISPER, "a WhisperTokenizer with the file"),
        (named("SentencePieceTokenizer", "keras_hub.tokenizers", proto="/etc/passwd"), "as proto"),
        (named("Dense", registered="keras_hub>WhisperTokenizer", language_tokens="/x"), "as language_tokens"),
        (
            named("WordPiece", "tlzoo.layers", registered="keras_hub>RWKVTokenizer", vocabulary="/x"),
            "as vocabulary",
        ),
        (named("Dense", registered="keras>Lambda"), "contains Python code"),
        (named([1]), r"contains \[1\], which is not a class name"),
        (named({"a": 1}), "which is not a class name"),
        (named("function", "keras.activations"), "contains {}, which is not a class name"),
    ],
)
def test_a_class_that_reads_files_or_holds_code_is_refused(tmp_path: Path, config: Any, said: str) -> None:
    with pytest.raises(BytesRefusedError, match=said):
        check_keras_model(saved(tmp_path, config), "m")


def test_a_vocabulary_in_the_file_is_not_refused(tmp_path: Path) -> None:
    words = named("StringLookup", vocabulary=["a", "b"])
    own = named("WordPiece", "tlzoo.layers", registered="tlzoo>WordPiece", vocabulary="a\nb")
    with pytest.raises(BytesRefusedError, match=r"model\.weights\.h5 is damaged"):  # only then its weights are opened
        check_keras_model(saved(tmp_path, [words, own]), "m")


def test_installed_plugins_are_read_once_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = metadata.entry_points

    def counted(*, group: str) -> metadata.EntryPoints:
        reads.append(group)
        return read(group=group)

    monkeypatch.setattr(metadata, "entry_points", counted)
    with pytest.raises(BytesRefusedError, match=r"model\.weights\.h5 is damaged"):
        check_keras_model(saved(tmp_path, [named("Dense"), named("WordPiece", "tlzoo.layers")] * 50), "m")
    assert reads == ["tlzoo.plugins"]
